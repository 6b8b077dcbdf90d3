"""Four forms in which a model can hand back an edited file, written and really applied.

The *whole* file again; a *unified diff*, as `git diff` writes it; *search/replace* blocks, which
quote what is there and say what stands in its place; *line ranges*, which only name the lines. An
answer that cannot be applied is `Refused`.
Lesson 8 teaches this module. Texts are lines; every line of the file that comes out ends in a
newline. No other units.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from itertools import chain

HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
SEARCH, DIVIDER, REPLACE = "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE"
RANGE, END = re.compile(r"<{7} LINES (\d+)-(\d+)"), ">>>>>>> END"
_CONTEXT = 3  # unchanged lines around a change in a diff, as git has it


class Refused(ValueError):
    """An answer that cannot be applied to the file; its text says why."""


def file_lines(text: str) -> list[str]:
    """The lines of a file without their ends; a last line without an end counts as one."""
    return text.removesuffix("\n").split("\n") if text else []


def _joined(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


# --- Unified diffs ----------------------------------------------------------------------------


def write_diff(before: str, after: str) -> str:
    """The unified diff of two texts, with three lines of context; empty when they are equal."""
    old, new = file_lines(before), file_lines(after)
    return _joined(list(unified_diff(old, new, "a/file", "b/file", n=_CONTEXT, lineterm="")))


def apply_diff(before: str, answer: str) -> str:
    """The file after a unified diff, applied as `git apply` does.

    The lines that a hunk quotes must be in the file, and be as many as it announces. Where they are
    in several places, the one nearest to the line number is meant. Raises Refused.
    """
    lines = file_lines(before)
    changes = []
    for start, counts, old, new in _hunks(answer):
        if counts != (len(old), len(new)):
            raise Refused(f"a hunk announces {counts} lines and has {(len(old), len(new))}")
        places = _places(lines, old)
        if not places:
            raise Refused(f"what the hunk for line {start + 1} quotes is nowhere in the file")
        changes.append((_nearest(places, start), old, new))
    return _changed(lines, changes)


def _nearest(places: list[int], start: int) -> int:
    """Of two places equally near, the later one, which is where git looks first."""
    return min(places, key=lambda place: (abs(place - start), place < start))


def _hunks(answer: str) -> list[tuple[int, tuple[int, int], list[str], list[str]]]:
    """Of each hunk where it starts (from 0), the two lengths that it announces, its lines."""
    hunks: list[tuple[int, tuple[int, int], list[str], list[str]]] = []
    for line in file_lines(answer):
        if head := HUNK.match(line):
            start, had, _, has = (1 if group is None else int(group) for group in head.groups())
            # A hunk that replaces nothing names the line after which it stands.
            hunks.append((start - bool(had), (had, has), [], []))
        elif not hunks:
            if line and not line.startswith(("--- ", "+++ ", "diff ", "index ")):
                raise Refused(f"{line[:40]!r} stands where a hunk should begin")
        elif line[:1] in (" ", "-", "+", ""):  # an empty line lost the space of its context
            if line[:1] != "+":
                hunks[-1][2].append(line[1:])
            if line[:1] != "-":
                hunks[-1][3].append(line[1:])
        else:
            raise Refused(f"{line[:40]!r} begins with neither a space nor + nor -")
    return hunks


# --- Search/replace blocks --------------------------------------------------------------------


def write_blocks(before: str, after: str) -> str:
    """Search/replace blocks for every change, each with as many lines as make its place unique.

    Raises ValueError for a file in which a line looks like the marker of a block.
    """
    old, new = file_lines(before), file_lines(after)
    if {SEARCH, DIVIDER, REPLACE} & {*old, *new}:
        raise ValueError("a line of the file looks like the marker of a block: use another format")
    # The two files side by side: a piece is a line that both have, or a whole change.
    pieces: list[tuple[list[str], list[str]]] = []
    spans: list[tuple[int, int]] = []  # of pieces, one for each block
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces += [([line], [line]) for line in old[i1:i2]]
        else:
            spans.append((len(pieces), len(pieces) + 1))
            pieces.append((old[i1:i2], new[j1:j2]))
    blocks: list[tuple[int, int]] = []
    for first, last in spans:
        while _ambiguous(old, pieces[first:last]) and (first > 0 or last < len(pieces)):
            first, last = max(0, first - 1), min(len(pieces), last + 1)
        while blocks and first <= blocks[-1][1]:  # they touch: one block
            start, end = blocks.pop()
            first, last = min(first, start), max(last, end)
        blocks.append((first, last))
    text = []
    for first, last in blocks:
        quoted, instead = ([*chain(*side)] for side in zip(*pieces[first:last], strict=True))
        text += [SEARCH, *quoted, DIVIDER, *instead, REPLACE]
    return _joined(text)


def _ambiguous(old: list[str], pieces: list[tuple[list[str], list[str]]]) -> bool:
    quoted = [*chain.from_iterable(piece for piece, _ in pieces)]
    return not quoted or len(_places(old, quoted)) > 1


def apply_blocks(before: str, answer: str) -> str:
    """The file after search/replace blocks; what each quotes must be in one place. Else Refused."""
    lines = file_lines(before)
    changes = []
    inside: list[str] | None = None
    old: list[str] = []
    new: list[str] = []
    for line in file_lines(answer):
        if line == SEARCH and inside is None:
            inside = old = []
        elif line == DIVIDER and inside is old:
            inside = new = []
        elif line == REPLACE and inside is new:
            changes.append((_only_place(lines, old), old, new))
            inside = None
        elif inside is not None and line in (SEARCH, DIVIDER, REPLACE):
            # Reading on would lose a change, and nothing in the file would show it.
            raise Refused(f"the marker {line!r} is out of place in a block")
        elif inside is not None:
            inside.append(line)
        elif line:
            raise Refused(f"{line[:40]!r} stands outside of a block")
    if inside is not None:
        raise Refused("the last block has no end")
    return _changed(lines, changes)


# --- Line ranges ------------------------------------------------------------------------------


def write_ranges(before: str, after: str) -> str:
    """For every change the range of lines that it replaces, from 1, and what stands there then.

    A range that ends before it begins replaces nothing: 12-11 adds in front of line 12. Raises
    ValueError for a file in which a line looks like the marker of a range.
    """
    old, new = file_lines(before), file_lines(after)
    if any(line == END or RANGE.fullmatch(line) for line in new):
        raise ValueError("a line of the file looks like the marker of a range: use another format")
    text = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            text += [f"<<<<<<< LINES {i1 + 1}-{i2}", *new[j1:j2], END]
    return _joined(text)


def apply_ranges(before: str, answer: str) -> str:
    """The file after line ranges. Raises Refused for a range that the file does not have; whether
    the right lines are named, nothing in the answer tells."""
    lines = file_lines(before)
    changes: list[tuple[int, list[str], list[str]]] = []
    inside = False
    for line in file_lines(answer):
        if head := RANGE.fullmatch(line):
            if inside:
                raise Refused(f"the range before {line!r} has no end")
            first, last = int(head[1]), int(head[2])
            if not 1 <= first <= last + 1 <= len(lines) + 1:
                raise Refused(f"lines {first}-{last} are not in a file of {len(lines)} lines")
            changes.append((first - 1, lines[first - 1 : last], []))
            inside = True
        elif inside and line == END:
            inside = False
        elif inside:
            changes[-1][2].append(line)
        elif line:
            raise Refused(f"{line[:40]!r} stands outside of a range")
    if inside:
        raise Refused("the last range has no end")
    return _changed(lines, changes)


# --- All --------------------------------------------------------------------------------------


def _places(lines: list[str], wanted: list[str]) -> list[int]:
    """Where in the file these lines stand, one after the other."""
    size = len(wanted)
    return [i for i in range(len(lines) - size + 1) if lines[i : i + size] == wanted]


def _only_place(lines: list[str], wanted: list[str]) -> int:
    places = _places(lines, wanted) if wanted or not lines else []
    if len(places) != 1:
        first = wanted[0].strip()[:40] if wanted else "nothing"
        raise Refused(f"what begins with {first!r} is in {len(places)} places of the file, not one")
    return places[0]


def _changed(lines: list[str], changes: list[tuple[int, list[str], list[str]]]) -> str:
    done, text = 0, []
    for start, old, new in sorted(changes, key=lambda change: change[0]):
        if start < done:
            raise Refused(f"two changes meet at line {start + 1}")
        text += [*lines[done:start], *new]
        done = start + len(old)
    return _joined([*text, *lines[done:]])


@dataclass(frozen=True)
class Format:
    """How an edited file is asked for, written and applied.

    `ask` is the sentence that asks a model for it. `write(before, after)` is a faultless answer,
    `apply(before, answer)` the file that an answer makes; it raises Refused. `numbered` says
    whether the file is sent with a number in front of each line.
    """

    ask: str
    write: Callable[[str, str], str]
    apply: Callable[[str, str], str]
    numbered: bool = False


WHOLE = "whole file"
FORMATS = {
    WHOLE: Format(
        "Answer with the whole file after the change and nothing else.",
        lambda before, after: after,
        lambda before, answer: answer,
    ),
    "unified diff": Format(
        "Answer with a unified diff and nothing else: hunks that begin with @@ -line,count "
        "+line,count @@, three unchanged lines around each change, lines quoted exactly.",
        write_diff,
        apply_diff,
    ),
    "search/replace": Format(
        "Answer with search/replace blocks and nothing else. A block is a line "
        f"{SEARCH}, lines of the file quoted exactly and enough of them to be in one place only, a "
        f"line {DIVIDER}, the lines that stand there afterwards, and a line {REPLACE}.",
        write_blocks,
        apply_blocks,
    ),
    "line ranges": Format(
        "Answer with line ranges and nothing else. A range is a line <<<<<<< LINES first-last, the "
        f"lines that stand there afterwards, and a line {END}. To add in front of line 12, write "
        "12-11.",
        write_ranges,
        apply_ranges,
        numbered=True,
    ),
}
