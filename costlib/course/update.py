"""The course on a later day: `python -m costlib update [--to DATE] [--dry-run]`.

Everything happens in a copy of the checkout: the edition gets the day, the price files are built
from the genai-prices that is installed, and every notebook is built anew. Only when all of it
stands are the changed files copied back. What a program cannot decide is printed for a person:
prices that moved, claims that turned, roles to give to another model, sources to look at again.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from costlib.course.edition import CHANGE, Edition, edition, write_edition
from costlib.course.model import line_of
from costlib.paths import ROOT
from costlib.pricing.fitting import came_out
from costlib.pricing.price_book import Book, Model, RateCard, read_book
from costlib.pricing.price_news import price_data

SOURCE_DAYS = 90
LESSONS, CONTRIBUTORS = "Lessons that changed:", "For contributors:"
"""What opens the two lists of an entry of CHANGELOG.md."""

LEFT_OUT = ("__pycache__", "_site", "slides", "kept", ".*")
"""What is no part of the course: caches, what commands write, hidden files such as .git, .venv."""

Step = Callable[[Path, date], list[str]]
"""Does something in the copy; gives the sentences of what does not stand."""


class CannotFinish(Exception):
    """Why the course does not stand on the day: a sentence for each reason."""


def update(root: Path, day: date, steps: tuple[Step, ...], dry_run: bool = False) -> list[str]:
    """Brings the course in `root` to a day; gives the changed files, which a dry run only names.

    Raises CannotFinish, with nothing changed, at the first step that finds what does not stand,
    and when somebody has worked meanwhile on a file that would be replaced.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "course"
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        before = _digests(copy)
        for step in steps:
            if problems := step(copy, day):
                raise CannotFinish("\n".join(problems))
        changed = [name for name, now in _digests(copy).items() if before.get(name) != now]
        edited = [name for name in changed if _digest(root / name) != before.get(name, "")]
        if edited:
            raise CannotFinish(f"changed since the run began, so run it again: {', '.join(edited)}")
        if not dry_run:
            _copy_back(copy, root, changed)
    return changed


def _digests(root: Path) -> dict[str, str]:
    """The files of the course below a folder, caches left out, each with a digest of its bytes."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        hidden = any(part == "__pycache__" or part.startswith(".") for part in name.parts)
        if path.is_file() and not hidden:
            found[name.as_posix()] = _digest(path)
    return found


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _copy_back(copy: Path, root: Path, names: list[str]) -> None:
    """All files are written beside the old ones first, so that a full disk changes none."""
    written = []
    try:
        for name in names:
            target = root / name
            beside = target.with_name(f".{target.name}.new")
            target.parent.mkdir(parents=True, exist_ok=True)
            written.append((beside, target))
            shutil.copyfile(copy / name, beside)
        for beside, target in written:
            os.replace(beside, target)
    finally:
        for beside, _ in written:
            beside.unlink(missing_ok=True)


# --- The steps --------------------------------------------------------------------------------


def set_day(copy: Path, day: date) -> list[str]:
    """The day in data/edition.json, and the line of README.md that says it."""
    write_edition(copy / "data" / "edition.json", as_of=str(day))
    readme = copy / "README.md"
    text, found = re.subn(
        r"Edition \d{4}\.\d\d, with list prices of \d{4}-\d\d-\d\d",
        Edition(day).line,
        readme.read_text("utf-8"),
    )
    if found != 1:
        return [f"README.md names the edition {found} times: it must be once"]
    readme.write_text(text, "utf-8")
    return []


def build_prices(copy: Path, day: date) -> list[str]:
    """data/prices.csv and data/models.csv from the installed genai-prices."""
    code, said = _run(copy, "data/build_prices.py")
    return [f"data/build_prices.py: {said}"] if code else []


def write_changes(copy: Path, day: date) -> list[str]:
    """The edition's entry in CHANGELOG.md; one of the same month gets the new day and lines."""
    path, new = copy / "CHANGELOG.md", Edition(day)
    moves = moved(_book(ROOT), _book(copy), edition().day, day)
    lines = "".join(f"- {move}\n" for move in moves) or "- No price moved.\n"
    text = path.read_text("utf-8")
    same_month = re.compile(rf"^## {re.escape(new.name)} .*$", re.M)
    if same_month.search(text):
        text = same_month.sub(new.heading, text, count=1)
        if moves:
            text = text.replace(f"{CONTRIBUTORS}\n\n", f"{CONTRIBUTORS}\n\n{lines}", 1)
    else:
        learners = f"Prices are those of {day}.\n\n{LESSONS}"
        entry = f"{new.heading}\n\n{learners}\n\n{CONTRIBUTORS}\n\n{lines}\n"
        text = re.sub(r"^## ", lambda found: entry + found[0], text, count=1, flags=re.M)
    path.write_text(text, "utf-8")
    return []


def build_lessons(copy: Path, day: date) -> list[str]:
    """Every notebook; the sentences of all lessons that do not stand, and of all their claims."""
    problems = []
    for source in sorted((copy / "solutions").glob("[0-9][0-9]_*.py")):
        print(f"Building {source.stem} …", flush=True)
        code, said = _run(copy, "solutions/build.py", source.stem)
        if code:  # the build stops at the first claim; on "another day" it names each of them
            _, all_said = _run(copy, "solutions/build.py", "--as-of", str(day), source.stem)
            problems.append(all_said or said)
    return problems


def write_lessons(copy: Path, day: date) -> list[str]:
    """In CHANGELOG.md a sentence for each lesson that reads otherwise than before, where nobody
    has written one for this day."""
    path = copy / "CHANGELOG.md"
    text = path.read_text("utf-8")
    said = {(int(number), when) for number, when, _ in CHANGE.findall(text)}
    new = ""
    for lesson in sorted((copy / "lessons").glob("[0-9][0-9]_*.ipynb")):
        number = int(lesson.name[:2])
        told = number == 0 or (number, str(day)) in said  # 0 is the index page
        if not told and _cells(lesson, day) != _cells(ROOT / "lessons" / lesson.name, day):
            new += f"- Lesson {number}, {day}: Its text or numbers have changed.\n"
    if new:
        text = text.replace(f"{LESSONS}\n\n", f"{LESSONS}\n\n{new}", 1)
    path.write_text(text, "utf-8")
    return []


def _cells(path: Path, day: date) -> object:
    """What a reader sees of a notebook, beside the day of its prices; None where there is none.

    Its metadata names the edition, and is not compared.
    """
    if not path.is_file():
        return None
    return json.loads(path.read_text("utf-8").replace(str(edition().day), str(day)))["cells"]


def _run(copy: Path, *arguments: str) -> tuple[int, str]:
    """Runs a script of the copy with the copy's costlib: its exit code, and its stderr."""
    env = {name: text for name, text in os.environ.items() if not name.startswith("COSTLIB")}
    run = subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env=env | {"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return run.returncode, run.stderr.strip()


STEPS: tuple[Step, ...] = (set_day, build_prices, write_changes, build_lessons, write_lessons)


# --- What a person must read ------------------------------------------------------------------


def read_anew(before: Path, after: Path) -> str:
    """Whether an update has read another release of the price data, in a sentence."""
    old, new = (price_data(root / "data" / "edition.json") for root in (before, after))
    if old == new:
        return (
            f"Price data: genai-prices {new.release}, as read on {new.read}. No newer release is "
            "installed, so no price was compared anew."
        )
    return f"Price data: genai-prices {new.release}, read now; before, {old.release} of {old.read}."


def _book(root: Path) -> Book:
    data = root / "data"
    return read_book(data / "prices.csv", data / "models.csv", data / "roles.csv")


def _cards(book: Book, key: tuple[str, str, str], day: date) -> tuple[RateCard, ...]:
    """The cards of a (provider, model, tier) on a day: none, one, or one for each window."""
    at = bisect_right(book.starts.get(key, ()), day)
    return () if at == 0 else tuple(c for c in book.cards[key][at - 1] if not c.withdrawn)


def moved(old: Book, new: Book, before: date, day: date) -> list[str]:
    """What the models that can be called on a day cost then and cost before: a line for each model
    and tier that changed, new models among them. Rates are those of the card, not of long input."""
    found = []
    for key in new.cards:
        model = next(m for m in new.names[key[1]] if m.provider == key[0])
        if not model.live(day):
            continue
        was, now = _cards(old, key, before), _cards(new, key, day)
        name = " ".join(key)
        if now and not was:
            found.append(f"{name}: new, {_rates(now[0])}")
        elif was and not now:
            found.append(f"{name}: no longer sold")
        elif [card.rates for card in was] != [card.rates for card in now]:
            found.append(f"{name}: {'; '.join(_differences(was, now))}")
    return found


def _rates(card: RateCard) -> str:
    return ", ".join(f"{kind} {_text(card.rates[kind])}" for kind in ("input", "output"))


def _differences(was: tuple[RateCard, ...], now: tuple[RateCard, ...]) -> Iterator[str]:
    old = {card.window: card for card in was}
    for card in now:
        where = f" ({card.window})" if card.window else ""
        for kind, rate in card.rates.items():
            before = old[card.window].rates[kind] if card.window in old else None
            if before != rate:
                yield f"{kind}{where} {_text(before)} → {_text(rate)}"


def _text(rate: Decimal | None) -> str:
    return "none" if rate is None else f"{rate:f}"


def roles_to_give(book: Book, day: date) -> list[str]:
    """Roles whose model is shut down on a day, or has a newer one in its line, each with the model
    that may take its place. They are proposals: a person changes data/roles.csv."""
    found = []
    taken = {(it.provider, it.model) for it in book.roles}
    for it in book.roles:
        model = next(m for m in book.names[it.model] if m.provider == it.provider)
        free = [
            other
            for other in book.models
            if (other.provider, other.kind) == (model.provider, model.kind)
            and other.live(day)
            and (other.provider, other.id) not in taken
        ]
        if not model.live(day):
            best = _successor(book, model, free, day)
            offer = f"{best.id} may take it" if best else "no other model is left"
            found.append(f"{it.provider} {it.role}: {model.id} was shut down; {offer}")
            continue
        newer = [other for other in free if line_of(other.id) == line_of(model.id)]
        best = max((model, *newer), key=lambda other: _age(book, other))
        if best is not model:
            found.append(f"{it.provider} {it.role}: {best.id} is newer than {model.id}")
    return found


def _age(book: Book, model: Model) -> str:
    """The day on which a model came out, as text that can be compared; "" for an unknown one."""
    return str(came_out(model, book) or "")


def _successor(book: Book, model: Model, free: list[Model], day: date) -> Model | None:
    """The newest model that costs between half and twice as much, else the nearest in price."""
    price = _input(book, model, day)
    priced = [(other, cost) for other in free if (cost := _input(book, other, day))]
    if not price or not priced:
        return max(free, key=lambda other: _age(book, other), default=None)
    near = [other for other, cost in priced if price / 2 <= cost <= price * 2]
    if near:
        return max(near, key=lambda other: _age(book, other))
    return min(priced, key=lambda pair: max(pair[1] / price, price / pair[1]))[0]


def _input(book: Book, model: Model, day: date) -> Decimal | None:
    cards = _cards(book, (model.provider, model.id, "standard"), day)
    return cards[0].rates["input"] if cards else None


def old_sources(root: Path, day: date) -> list[str]:
    """The ids of data/sources.csv that were checked more than SOURCE_DAYS before a day."""
    with (root / "data" / "sources.csv").open(encoding="utf-8", newline="") as file:
        return [
            row["id"]
            for row in csv.DictReader(file)
            if date.fromisoformat(row["checked"]) < day - timedelta(days=SOURCE_DAYS)
        ]


# --- The command ------------------------------------------------------------------------------


def main(options: argparse.Namespace) -> int:
    """Runs the steps and prints what a person must read; 0 when the course stands on the day."""
    day, before = options.to or date.today(), edition().day
    if day < before:
        print(f"The course is of {before}: give --to that day or a later one.", file=sys.stderr)
        return 2
    read: dict[str, list[str]] = {}

    def to_read(copy: Path, day: date) -> list[str]:
        book = _book(copy)
        print(f"\n{read_anew(ROOT, copy)}")
        read["Prices that moved"] = moved(_book(ROOT), book, before, day)
        read["Roles to give, by a line of data/roles.csv"] = roles_to_give(book, day)
        read[f"Sources checked more than {SOURCE_DAYS} days before"] = old_sources(copy, day)
        return []

    steps = (*STEPS[:-2], to_read, *STEPS[-2:])
    try:
        changed, problem = update(ROOT, day, steps, options.dry_run), ""
    except CannotFinish as reason:
        changed, problem = [], str(reason)
    for title, lines in read.items():
        _print(title, lines)
    if problem:
        _print("What does not stand", problem.splitlines())
        print(f"\nThe course does not stand on {day} yet, and nothing was changed.")
        return 1
    _print("Files that would change" if options.dry_run else "Files that changed", changed)
    if not options.dry_run:
        print(
            "\nNow read the diff, write the sentence for learners in CHANGELOG.md, say there what "
            "changed in each lesson, and run: python -m costlib test"
        )
    return 0


def _print(title: str, lines: list[str]) -> None:
    print(f"\n{title}: {len(lines) or 'none'}")
    for line in lines:
        print(f"  {line}")
