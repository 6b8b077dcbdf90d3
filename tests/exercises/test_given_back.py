"""What a cell has freed goes back to the system, where the C library can do that."""

import re
import sys
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from costlib.exercises import memory


def resident() -> int:
    """MB of this process that are in memory."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) // 1024


@pytest.mark.skipif(not memory.give_back(), reason="this C library gives nothing back by itself")
def test_freed_memory_goes_back():
    some = [bytes(100_000) for _ in range(1_000)]
    full = resident()
    pin = bytes(100_000)  # lies above: without it glibc could shrink the heap by itself
    del some
    assert memory.give_back()
    assert full - resident() > 50
    assert pin


def test_after_each_cell(monkeypatch):
    given = []
    monkeypatch.setattr(memory, "_malloc_trim", lambda: given.append)
    shell = InteractiveShell()
    memory.give_back_after_cells(shell)
    shell.run_cell("1 + 1")
    shell.run_cell("1 / 0")
    assert given == [0, 0]


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_elsewhere_nothing_happens(monkeypatch, platform):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(memory, "_malloc_trim", memory._malloc_trim.__wrapped__)
    assert not memory.give_back()
    shell = InteractiveShell()
    before = {name: len(them) for name, them in shell.events.callbacks.items()}
    memory.give_back_after_cells(shell)
    assert {name: len(them) for name, them in shell.events.callbacks.items()} == before
