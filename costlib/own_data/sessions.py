"""Session logs of coding tools as calls: of Claude Code, Codex, Gemini CLI and others, `_TOOLS`.

`read_session_log` takes a file or a folder of them and gives one `Call` for each request to a
model, in one pass and without holding the log. A response that is logged on several lines, or again
in a resumed or forked session, is one call; running totals become differences. Of a line only its
counts, time, model and ids are kept: message texts are never read into a call. What the formats
are, and where that is known from, stands in claude_code.py and its neighbours, a tool each.
Lesson 4.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from costlib.own_data.claude_code import ClaudeCode
from costlib.own_data.cline import ClineSessions, ClineTasks
from costlib.own_data.codex import Codex
from costlib.own_data.files import encoding_of, first_bytes, refuse_binary
from costlib.own_data.gemini_cli import GeminiCli
from costlib.own_data.lines import Charged, Found, LogReader, Problem
from costlib.own_data.mux import Mux
from costlib.own_data.pi import Pi
from costlib.own_data.vibe import Vibe
from costlib.paths import own_path
from costlib.tracking.calls import Call

Progress = Callable[[int, int], None]
"""Called with the bytes read so far and the bytes that there are."""

_EVERY = 4_000_000  # bytes between two reports of progress
_USAGE = re.compile(rb'"(?:usage|usageMetadata|tokenUsage|token_usage|modelMetrics)"\s*:\s*\{')


_TOOLS = "Claude Code, Codex, Gemini CLI, pi, Cline, Roo Code, Kilo Code, Vibe, Mux"
_FOREIGN = (
    "it counts tokens, and no line of its file is of a tool whose logs are known here: none of it "
    "is counted, so try read_calls on the file"
)


class SessionLog(Iterator[Call]):
    """The calls of session logs, one after the other, and afterwards what could not be read.

    `charged` gives the same calls with what the tool says that each cost. `problems` lists the
    lines that were left out; `lines` and `bytes_read` count as it goes, and `files` has the files
    that each tool wrote.
    """

    def __init__(
        self, paths: list[Path], progress: Progress | None, problems: Iterable[Problem] = ()
    ) -> None:
        self.files: dict[str, set[Path]] = {}
        self.problems = list(problems)
        self.lines = self.bytes_read = 0
        self._paths, self._progress = paths, progress
        self._size = sum(path.stat().st_size for path in paths)
        self._readers: tuple[LogReader, ...] = (
            ClaudeCode(), Codex(), ClineTasks(), ClineSessions(), Vibe(), Mux(), GeminiCli(),
            Pi(),
        )  # fmt: skip
        self.charged = self._read()

    def __next__(self) -> Call:
        return next(self.charged).call

    def _read(self) -> Iterator[Charged]:
        known = whole = False  # a line of a known tool; a line that is not cut
        foreign: list[Problem] = []  # of other tools, which would be missing without a word
        for path in self._paths:
            for reader in self._readers:
                reader.start(path)
            ours, counts = False, 0
            for number, line in self._lines_of(path):
                whole = True
                concerned = next((each for each in self._readers if each.concerns(line)), None)
                if concerned is None:
                    if not ours and not counts and _USAGE.search(line):
                        counts = number
                    continue
                try:
                    found = json.loads(line)
                    # A document may be nothing but its lines.
                    for record in found if isinstance(found, list) else [found]:
                        if isinstance(record, dict):
                            known = ours = True
                            self.files.setdefault(concerned.tool, set()).add(path)
                            yield from self._sound(path, concerned.line(number, record))
                except (ValueError, LookupError, TypeError) as error:
                    self._problem(path, number, str(error))
                except RecursionError:
                    self._problem(path, number, "it is nested too deep to be a line of a log")
            for reader in self._readers:
                yield from self._sound(path, reader.end())
            if counts and not ours:
                foreign.append(Problem(str(path), counts, _FOREIGN))
        for reader in self._readers:
            yield from self._sound(Path(), reader.last())
        if self._progress is not None:
            self._progress(self._size, self._size)
        if not known and not (whole and self.problems):
            names = ", ".join(map(str, self._paths[:3]))
            raise ValueError(
                f"{names}: this is no session log of a tool that is known here ({_TOOLS}): no line "
                "has the usage of a response; read_calls reads exports"
            )
        if known:
            self.problems += foreign

    def _sound(self, path: Path, found: Iterable[Found]) -> Iterator[Charged]:
        """The calls among what a reader found; the rest is noted."""
        for each in found:
            if isinstance(each, Problem):
                self._problem(Path(each.path) if each.path else path, each.line, each.reason)
            else:
                yield each if isinstance(each, Charged) else Charged(each, None)

    def _lines_of(self, path: Path) -> Iterator[tuple[int, bytes]]:
        """The lines of a file that may hold usage; the broken ones become problems."""
        reported = self.bytes_read
        head = first_bytes(path)
        refuse_binary(str(path), head)
        if path.suffix == ".json":  # one document
            data = path.read_bytes()
            self.bytes_read += len(data)
            yield 1, data
            return
        for number, line in enumerate(_raw_lines(path, encoding_of(head)), start=1):
            self.lines += 1
            self.bytes_read += len(line)
            if self._progress is not None and self.bytes_read - reported > _EVERY:
                reported = self.bytes_read
                self._progress(self.bytes_read, self._size)
            text = line.strip().removeprefix(b"\xef\xbb\xbf")
            if text and not (text.startswith(b"{") and text.endswith(b"}")):
                self._problem(path, number, "the line is cut or no JSON object")
            elif text:
                yield number, text

    def _problem(self, path: Path, number: int, reason: str) -> None:
        self.problems.append(Problem(str(path), number, reason))


def _raw_lines(path: Path, encoding: str) -> Iterator[bytes]:
    if encoding.startswith("utf-16"):  # what PowerShell makes of a log
        with path.open(encoding=encoding) as text:
            yield from (line.encode() for line in text)
    else:
        with path.open("rb") as file:
            yield from file


_BESIDE = {
    "ui_messages.json": ("api_conversation_history.json", "task_metadata.json",
                         "history_item.json", "context_history.json"),
    "session-usage.json": ("chat.jsonl", "chat-archive.jsonl", "partial.json", "metadata.json",
                           "headless-usage.jsonl"),
}  # fmt: skip
"""Files that a tool keeps beside a log: they count nothing, or what the log counts once more."""


def beside_a_log(path: Path) -> bool:
    """Whether a file stands beside a log, and is no log of its own."""
    return any(
        path.name in names and path.with_name(own).is_file() for own, names in _BESIDE.items()
    )


def packed_logs(folder: Path) -> list[Problem]:
    """The compressed logs of a folder that lie there in no other form: Codex keeps those that are
    older than some days so (rollout-*.jsonl.zst, since the middle of 2026). They are not read."""
    packed = sorted(each for suffix in (".zst", ".gz") for each in folder.rglob(f"*.jsonl{suffix}"))
    why = "none of it is counted: unpack it beside itself, and read again"
    return [
        Problem(str(each), 1, f"the log is compressed ({each.suffix}), and {why}")
        for each in packed
        if not each.with_suffix("").exists()
    ]


def read_session_log(
    path: str | os.PathLike[str], *, progress: Progress | None = None
) -> SessionLog:
    """The calls in a session log, or in all logs (.jsonl, .json) of a folder and its folders.

    Iterate over what comes back; a log of a gigabyte needs no more memory than a small one, but
    for the ids of its responses. Then look at its `problems`: lines that could not be read, and
    files that are compressed or another tool's. `Call.run` is the session,
    `Call.project` the name of the folder that was worked in, `Call.feature` "sub-agent" where one
    worked, and `Call.call_id` the same whenever the log is read (see `import_calls`).

    Raises ValueError where nothing is found, and (while iterating) for files of another kind.
    """
    start = own_path(path)
    packed: list[Problem] = []
    if start.is_dir():
        packed = packed_logs(start)
        paths = sorted(each for each in start.rglob("*") if each.suffix in (".jsonl", ".json"))
        paths = [each for each in paths if each.is_file() and not beside_a_log(each)]
    else:
        paths = [start] if start.is_file() else []
    if not paths:
        more = f", but {packed[0].path}: {packed[0].reason}" if packed else ""
        raise ValueError(f"{os.fspath(path)!r}: there is no session log (.jsonl, .json) here{more}")
    return SessionLog(paths, progress, packed)
