"""What the documents name is there: paths, and names of costlib."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from costlib.paths import ROOT

DOCUMENTS = [
    *ROOT.glob("*.md"),
    ROOT / "data" / "README.md",
    *(ROOT / "costlib").rglob("*.md"),
]
TOPS = "costlib|data|lessons|solutions|tests"
PATH = re.compile(rf"`(?:python |sudo … )?((?:{TOPS})/[\w./*-]*[\w/])")
NAME = re.compile(r"`(costlib(?:\.\w+)+)")


def said(pattern: re.Pattern[str]) -> list[tuple[Path, str]]:
    return [
        (document, found)
        for document in DOCUMENTS
        for found in sorted(set(pattern.findall(document.read_text("utf-8"))))
    ]


@pytest.mark.parametrize(("document", "path"), said(PATH))
def test_a_path_that_a_document_names_is_there(document: Path, path: str) -> None:
    patterned = path.replace("NN", "[0-9][0-9]").replace("_slug", "_*").replace("NAME", "*")
    assert list(ROOT.glob(patterned.rstrip("/"))), f"{document.name} names {path}"


@pytest.mark.parametrize(("document", "name"), said(NAME))
def test_a_name_that_a_document_gives_is_there(document: Path, name: str) -> None:
    parts = name.split(".")
    for last in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:last]))
        except ModuleNotFoundError:
            continue
        for part in parts[last:]:
            found = getattr(found, part)
        return
    pytest.fail(f"{document.name} names {name}")
