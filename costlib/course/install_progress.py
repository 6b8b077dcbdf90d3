"""What a person sees while the environment is made: pip's progress, and one sentence on failure."""

from __future__ import annotations

import contextlib
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

NEWEST_PYTHON = (3, 14)  # every pin has a ready-made build for 3.11 to this


class Stop(Exception):
    """Setting up cannot go on; the message is one sentence for the person at the keyboard."""


class Progress:
    """A line that says what goes on and for how long: redrawn on a terminal, else every 10 s."""

    def __init__(self, title: str, stream: TextIO | None = None) -> None:
        self.title = title
        self.stream = stream or sys.stdout
        self.drawn = 0
        self.start = time.monotonic()
        self.last: float | None = None

    def show(self, doing: str) -> None:
        now = time.monotonic()
        if self.last is None or now - self.last >= (0.2 if self.stream.isatty() else 10):
            self.last = now
            self._write(doing)

    def end(self, how: str) -> None:
        self._write(how)
        if self.stream.isatty():
            print(file=self.stream, flush=True)

    def clear(self) -> None:
        """Take the line off a terminal, where something else is written next."""
        if self.drawn:
            print("\r" + " " * self.drawn, end="\r", file=self.stream, flush=True)
            self.drawn = 0

    def _write(self, doing: str) -> None:
        line = f"{self.title}: {doing} ({time.monotonic() - self.start:.0f} s)"
        if self.stream.isatty():
            self.drawn = shutil.get_terminal_size().columns - 1
            line = "\r" + line[: self.drawn].ljust(self.drawn)
            print(line, end="", file=self.stream, flush=True)
        else:
            print(line, file=self.stream, flush=True)


def install(
    python: Path, pins: Path, env: Mapping[str, str], unpacked: Callable[[], int], log: Path
) -> None:
    """Installs a file of pins, showing how far it is; `unpacked` counts what is in.

    Unpacking keeps a processor busy, so two pips go side by side, each with every other pin. The
    pins name all that is needed, and neither pip looks for what its own need.

    Raises Stop with the reason; pip's own words are kept in `log`.
    """
    pinned = re.split(r"\n(?=\S)", pins.read_text(encoding="utf-8").strip())
    # Byte code is written when a module is first used: compiling all of it now takes 20 s.
    command = [str(python), "-m", "pip", "install", "--no-compile", "--no-input", "--retries", "2"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", "--no-deps", "-r"]
    progress, counted = Progress("[2/2] Installing packages"), _Count(len(pinned), unpacked())
    output: dict[subprocess.Popen[str], str] = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        for number, half in enumerate(filter(None, (pinned[::2], pinned[1::2]))):
            part = Path(folder, f"{number}.txt")
            part.write_text("\n".join(half) + "\n", encoding="utf-8")
            pip = subprocess.Popen(
                [*command, str(part)],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
            output[running.enter_context(pip)] = ""
        failed = None
        for pip, line in _lines(list(output)):
            output[pip] += line or ""
            if line is None and pip.wait() and not failed:
                failed = pip
                for other in output:
                    other.terminate()
            progress.show(counted.after(line or "", unpacked))
    with contextlib.suppress(OSError):
        log.write_text("".join(output.values()), encoding="utf-8")
    progress.end("stopped" if failed else "done")
    if failed:
        raise Stop(explain(output[failed], "pip", log))


@dataclass
class _Count:
    """How far the pips are, by what they print: `total` pins, of which `there` were in before."""

    total: int
    there: int
    fetched: int = 0
    unpacking: int = 0
    doing: str = "asking for the first"

    def after(self, line: str, unpacked: Callable[[], int]) -> str:
        """What goes on after one more line of output; an empty one is half a second of none."""
        if line.startswith("Ignoring "):  # a pin for another system or Python
            self.total -= 1
        elif line.startswith(("Collecting ", "Requirement already ")):
            self.fetched = min(self.fetched + 1, self.total)
            self.doing = f"fetching {self.fetched} of {self.total}"
        elif "Retrying (" in line:
            self.doing = "no answer from the package index, asking again"
        elif line.startswith("Installing collected"):
            self.unpacking += line.count(",") + 1
        if self.unpacking:
            self.doing = f"unpacking {max(unpacked() - self.there, 0)} of {self.unpacking}"
        return self.doing


def _lines(
    processes: Sequence[subprocess.Popen[str]],
) -> Iterator[tuple[subprocess.Popen[str], str | None]]:
    """The lines that processes print, each's None at its end, and an empty one whenever half a
    second brings none."""
    lines: queue.Queue[tuple[subprocess.Popen[str], str | None]] = queue.Queue()

    def read(process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put((process, line))
        lines.put((process, None))

    for process in processes:
        threading.Thread(target=read, args=[process], daemon=True).start()
    ended = 0
    while ended < len(processes):
        try:
            process, line = lines.get(timeout=0.5)
        except queue.Empty:
            process, line = processes[0], ""
        ended += line is None
        yield process, line


def explain(output: str, what: str, log: Path | None = None) -> str:
    """One sentence on why `what` failed, from what it printed."""
    text = output.lower()

    def says(*words: str) -> bool:
        return any(word in text for word in words)

    again = "then run this again."
    if says("no space left", "errno 28", "not enough space", "disk quota"):
        return (
            f"The disk is full ({what}): make room where the course lies and in the temporary "
            f"folder, {again}"
        )
    if says("permission denied", "read-only file system", "access is denied", "not permitted"):
        return (
            f"The course's folder cannot be written ({what}): close programs that use .venv, or "
            f"copy the course to a folder of your own, {again}"
        )
    if says("do not match the hashes"):
        return (
            "A package that arrived is not the file that the course was tested with: run this "
            "again, and if it stays so, ask whoever runs your network or package index."
        )
    if says("certificate_verify_failed", "sslerror"):
        return (
            "The package index's certificate was not accepted: set PIP_CERT to your network's "
            f"certificate file, {again}"
        )
    if says("from versions: none", "new connection", "timed out", "unreachable", "proxyerror"):
        return f"pip could not reach the package index: check the network or the proxy, {again}"
    if sys.version_info[:2] > NEWEST_PYTHON:
        newest = ".".join(map(str, NEWEST_PYTHON))
        return (
            "Some packages have no ready-made build yet for Python "
            f"{sys.version.split()[0]}: install Python {newest} beside it, {again}"
        )
    errors = [line.strip() for line in output.splitlines() if "error" in line.lower()]
    where = f" (all of it: {log})" if log else ""
    return f"{what} failed with {(errors or [output.strip() or 'no message'])[-1]!r}{where}."
