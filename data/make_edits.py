"""Make data/edits/: four of costlib's modules as they were on 2026-11-25, each edited five ways.

    python data/make_edits.py

The modules are read from the commit below, not from the working tree, so that lesson 8's numbers
stand still when costlib changes. The texts end in .txt because they are data, not code that runs.
Reformatting needs ruff (0.17 made these files); nothing else here needs more than git.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMIT = "b48db20f45feb373b393940339c15390a481d89b"
TARGET = ROOT / "data" / "edits"

# What each kind of edit replaces: texts, or whole words for a rename.
VALUE = {
    "paths": {"git checkout -- {name}": "git restore {name}"},
    "latency": {"= 12_000.0, 120_000.0": "= 15_000.0, 120_000.0"},
    "tables": {"len(text) <= 16:": "len(text) <= 20:"},
    "cost": {"prec=5000": "prec=6000"},
}
RENAME = {
    "paths": ("parts", "names"),
    "latency": ("Speed", "ModelSpeed"),
    "tables": ("caption", "heading"),
    "cost": ("amount", "usd"),
}
SIGNATURE = {
    "paths": {
        "def data_path(*parts: str) -> Path:": (
            "def data_path(*parts: str, root: Path = ROOT) -> Path:"
        ),
        "The path of a file under `data/`,": "The path of a file under `data/` of `root`,",
        "path = ROOT.joinpath": "path = root.joinpath",
    },
    "latency": {
        "tier: str | None, usage: Mapping[str, Any]) -> Latency:": (
            "tier: str | None, usage: Mapping[str, Any], *, busy: float = 1.0) -> Latency:"
        ),
        '"""The latency of a request, from the usage of its reply.\n': (
            '"""The latency of a request, from the usage of its reply.\n\n'
            "    `busy` multiplies the wait before the first token, for an hour of heavy traffic.\n"
        ),
        "speed.wait * slower": "speed.wait * slower * busy",
    },
    "tables": {
        "table(rows: Any, *, caption": "table(rows: Any, *, missing: str = _NOTHING, caption",
        "None and NaN become a dash.": "None and NaN become `missing`, a dash.",
        "formats.get(name)) for value": "formats.get(name), missing) for value",
        "def _text(value: Any, form: Format | None) -> str:": (
            "def _text(value: Any, form: Format | None, missing: str) -> str:"
        ),
        "return _NOTHING": "return missing",
    },
    "cost": {
        "digits: int | None = None)": 'digits: int | None = None, symbol: str = "$")',
        "Halves round up.\n": "Halves round up. `symbol` stands in front of\n    the digits.\n",
        'return "$0"': 'return f"{symbol}0"',
        '}${shown}"': '}{symbol}{shown}"',
    },
}


def replaced(text: str, changes: dict[str, str]) -> str:
    """The text with every change made; each must be found."""
    for old, new in changes.items():
        if old not in text:
            raise ValueError(f"{old!r} is not in the text")
        text = text.replace(old, new)
    return text


def reformatted(text: str) -> str:
    """As ruff lays the code out in 60 columns, with single quotes."""
    style = ["--line-length", "60", "--config", "format.quote-style = 'single'"]
    command = ["ruff", "format", "--isolated", *style, "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def rewritten(text: str) -> str:
    """The same program written anew: no comments, other quotes and breaks, definitions by name."""
    tree = ast.parse(text)
    defined = (ast.FunctionDef, ast.ClassDef)
    places = [i for i, node in enumerate(tree.body) if isinstance(node, defined)]
    ordered = sorted((tree.body[i] for i in places), key=lambda node: node.name)
    for i, node in zip(places, ordered, strict=True):
        tree.body[i] = node
    return ast.unparse(tree) + "\n"


EDITS: dict[str, Callable[[str, str], str]] = {
    "value": lambda name, text: replaced(text, VALUE[name]),
    "signature": lambda name, text: replaced(text, SIGNATURE[name]),
    "rename": lambda name, text: re.sub(rf"\b{RENAME[name][0]}\b", RENAME[name][1], text),
    "reformat": lambda name, text: reformatted(text),
    "rewrite": lambda name, text: rewritten(text),
}


def main() -> None:
    """Write a folder for each module: `before.txt`, and one file for each edit."""
    for name in VALUE:
        show = ["git", "show", f"{COMMIT}:costlib/{'provider/' * (name == 'latency')}{name}.py"]
        before = subprocess.run(show, cwd=ROOT, capture_output=True, check=True).stdout.decode()
        folder = TARGET / name
        folder.mkdir(parents=True, exist_ok=True)
        texts = {"before": before} | {kind: edit(name, before) for kind, edit in EDITS.items()}
        for kind, text in texts.items():
            ast.parse(text)  # an edit that breaks the module would be a bad example
            (folder / f"{kind}.txt").write_bytes(text.encode())


if __name__ == "__main__":
    main()
