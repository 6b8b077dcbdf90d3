"""What the documents name is there: paths, and names of costlib; what they say of prices holds."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from costlib.course.edition import edition
from costlib.paths import ROOT
from costlib.pricing.prices import AS_OF, RateCard, day_cards, models, rate_card, role
from costlib.tokens.text import tokenizer_of

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


def sold(at: date = AS_OF) -> list[RateCard]:
    """A card for each chat model that can be called on a day: the first of its day."""
    cards = []
    for model in models(kind="chat", at=at):
        with suppress(LookupError):
            cards.append(day_cards(model.id, provider=model.provider, at=at)[0])
    return cards


def rates(kind: str, tier: str = "standard") -> list[tuple[Decimal, Decimal]]:
    """A rate of each chat model beside its standard input rate, where there are both."""
    found = []
    for card in sold():
        with suppress(LookupError):
            other = day_cards(card.model, provider=card.provider, tier=tier)[0]
            if card.input and (rate := other.rates[kind]):
                found.append((rate, card.input))
    return found


def share(true: Iterable[bool]) -> float:
    each = list(true)
    return sum(each) / len(each)


FLAGSHIP = role("anthropic", "flagship")
CLAIMS = [  # a document, its words about prices, and what must be true of the day's price book
    ("INSTRUCTORS.md", "Output is five times dearer",
     lambda: rate_card(FLAGSHIP).output == 5 * rate_card(FLAGSHIP).input),
    ("INSTRUCTORS.md", "a model at a hundredth of the price",
     lambda: min(c.input for c in sold() if c.input) <= rate_card(FLAGSHIP).input / 100),
    ("INSTRUCTORS.md", 'Half of what moved.',
     lambda: rate_card(FLAGSHIP, tier="batch").input * 2 == rate_card(FLAGSHIP).input),
    ("solutions/glossary.csv", "dearer than input at nearly every vendor",
     lambda: share(output > given for output, given in rates("output")) > 0.9),
    ("solutions/glossary.csv", "often at half the price",
     lambda: share(batch * 2 == given for batch, given in rates("input", "batch")) > 0.5),
    ("solutions/glossary.csv", "reads again at a discount",
     lambda: share(read < given for read, given in rates("cached_input")) > 0.9),
    ("solutions/glossary.csv", "A second rate card for long inputs",
     lambda: any(card.long_context for card in sold())),
    ("solutions/glossary.csv", "of its models from GPT-4o to gpt-5.x",
     lambda: not tokenizer_of(role("openai", "flagship")).exact),
]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "words", "holds"), CLAIMS, ids=[words for _, words, _ in CLAIMS]
)
def test_what_a_document_says_of_prices_is_true_on_the_day(
    document: str, words: str, holds: Callable[[], bool]
) -> None:
    """Outside of lessons, where the build sees to it. When one fails, the day has turned the
    sentence: mend the words, and then this row."""
    assert words in (ROOT / document).read_text("utf-8")
    assert holds()


DATED = re.compile(r"as of (20\d\d-\d\d-\d\d)|list prices of (20\d\d-\d\d-\d\d)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_names_no_other_day_of_prices_than_the_edition_s(document: Path) -> None:
    if document.name != "CHANGELOG.md":  # which has all of them
        days = {day for found in DATED.findall(document.read_text("utf-8")) for day in found if day}
        assert days <= {str(edition().day)}


def test_the_readme_says_how_large_the_rooms_are() -> None:
    """Each size within a tenth, or 50 lines, of what it is; the whole within a tenth."""
    readme = (ROOT / "README.md").read_text("utf-8")
    rooms = re.findall(r"^\| `(costlib/\w+)/` \|.*\| ([\d,]+) \|$", readme, re.M)
    whole = re.findall(r"`(costlib)` has some ([\d,]+) lines", readme)
    assert len(rooms) > 5 and len(whole) == 1
    for folder, told in [*rooms, *whole]:
        lines = sum(
            len(path.read_text("utf-8").splitlines()) for path in (ROOT / folder).rglob("*.py")
        )
        assert int(told.replace(",", "")) == pytest.approx(lines, rel=0.1, abs=50), folder
