"""What a notebook that is graded may take; `check --help` says it, `grade` and its runs keep it.

Units: seconds, bytes, and processes. Only the standard library: the help is there before anything
is installed.
"""

from __future__ import annotations

from costlib.paths import NOTEBOOK_BYTES as NOTEBOOK_BYTES

CELL_SECONDS = 30.0  # a cell, unless --timeout says otherwise
NOTEBOOK_SECONDS = 600.0  # a notebook, the runs again without a stopped cell included
MEMORY_BYTES = 4 * 1024**3  # pytest, the kernel and their children together
OUTPUT_BYTES = 10_000_000  # what a cell prints
PROCESSES = 64
ZIP_FILES = 5_000  # of a zip file with what a class handed in
