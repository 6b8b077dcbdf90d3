"""What a learner waits for, on this machine: the start from a fresh clone, and each lesson's run.

    python tests/benchmarks/bench_course.py start      clone, install, until JupyterLab answers
    python tests/benchmarks/bench_course.py lessons    seconds, and the kernel's memory

`start` needs the network (it installs); `lessons` is for Linux, which says what a process takes in
/proc. Both wait on the machine and compare with nothing: `python -m costlib bench` leaves them.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from time import monotonic, sleep

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 900  # seconds
MEMORY = """\
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
end, peak = (int(status[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
print(f"{end:,.0f} MB at the end, {peak:,.0f} MB at most")
"""


def start() -> None:
    """Print the seconds from `git clone` until JupyterLab answers, the first time and again."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder, "a clone with spaces")
        began = monotonic()
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        for which in ("first start", "second start"):
            print(f"{which}: {until_it_answers(clone, began):.1f} s")
            began = monotonic()


def until_it_answers(clone: Path, began: float) -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", f"--port={port}", "--IdentityProvider.token=bench"]
    lab = subprocess.Popen(
        [sys.executable, "-m", "costlib", "lab", *options],
        cwd=clone,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while monotonic() - began < PATIENCE and lab.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/lab?token=bench"):
                    return monotonic() - began
            except (urllib.error.URLError, OSError):
                sleep(0.2)
        raise SystemExit("JupyterLab did not start: run `python -m costlib lab` to see why.")
    finally:
        if lab.poll() is None:
            os.killpg(lab.pid, signal.SIGTERM)
        lab.wait()


def lessons() -> None:
    """Print what each lesson takes, run from top to bottom in a kernel of its own."""
    import nbformat
    from nbclient import NotebookClient

    os.environ["PYTHONPATH"] = str(ROOT)
    for path in sorted((ROOT / "lessons").glob("[0-9]*.ipynb")):
        notebook = nbformat.read(path, 4)
        notebook.cells.append(nbformat.v4.new_code_cell(MEMORY))
        began = monotonic()
        NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}}).execute()
        took = notebook.cells[-1].outputs[0].text.strip()
        print(f"{path.stem}: {monotonic() - began:.1f} s, its kernel takes {took}")


if __name__ == "__main__":
    tasks = {"start": start, "lessons": lessons}
    if len(sys.argv) != 2 or sys.argv[1] not in tasks:
        raise SystemExit(__doc__)
    tasks[sys.argv[1]]()
