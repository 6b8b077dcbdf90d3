"""`python -m costlib bench`: how fast the hot paths are, as ratios that hold on any machine.

Each benchmark in tests/benchmarks times ours and another side in the same run (its conftest.py has
the convention). `--write` puts the table into CONTRIBUTING.md; other options go to pytest. For
contributors; times are in seconds.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from costlib.paths import ROOT

SIZES = (10**3, 10**4, 10**5, 10**6)
BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"
ROUNDS = ("--benchmark-min-rounds=3", "--benchmark-max-time=0.3", "--benchmark-warmup=off")
_POWERS = {10**3: "10³", 10**4: "10⁴", 10**5: "10⁵", 10**6: "10⁶"}
Times = dict[int | None, dict[str, float]]  # by number of rows, then by side


def run(options: list[str]) -> tuple[int, dict[str, Any]]:
    """pytest's exit code, and what pytest-benchmark measured (empty when nothing ran)."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *ROUNDS]
        command += ["-o", "python_files=bench_*.py", "-o", "python_functions=bench_*"]
        command += ["--benchmark-timer=time.process_time", f"--benchmark-json={report}"]
        command += ["--benchmark-quiet", str(ROOT / "tests" / "benchmarks"), *options]
        code = subprocess.call(command, cwd=ROOT)
        text = report.read_text("utf-8") if report.exists() else ""
    return code, json.loads(text) if text else {}


def gather(measured: Mapping[str, Any]) -> dict[tuple[str, str], Times]:
    """The best time of each side, by (hot path, what it is compared with)."""
    found: dict[tuple[str, str], Times] = {}
    for one in measured.get("benchmarks", ()):
        info = one["extra_info"]
        path = f"{info['path']} `{info['case']}`" if info["case"] else info["path"]
        times = found.setdefault((path, info["against"]), {})
        times.setdefault(info["rows"], {})[info["side"]] = one["stats"]["min"]
    return found


def table(found: Mapping[tuple[str, str], Times]) -> str:
    """The results as Markdown: ours ÷ other, by rows where there are any."""
    heads = ["hot path", "compared with", "one", *_POWERS.values(), "ours", "grows as"]
    lines = [_line(heads), _line(["---", "---", *["--:"] * (len(heads) - 2)])]
    for (path, against), times in found.items():
        ratios = {
            rows: f"{sides['ours'] / sides['other']:.2f}"
            for rows, sides in times.items()
            if len(sides) == 2
        }
        ours = {rows: sides["ours"] for rows, sides in times.items() if "ours" in sides}
        cells = [ratios.get(rows, "") for rows in (None, *_POWERS)]
        lines.append(_line([path, against, *cells, _largest(ours), _growth(ours)]))
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _largest(ours: Mapping[int | None, float]) -> str:
    """The time of the largest case."""
    if not ours:
        return ""
    seconds = ours[max(ours, key=lambda rows: rows or 0)]
    scale, unit = (1, "s") if seconds >= 1 else (1e3, "ms") if seconds >= 1e-3 else (1e6, "µs")
    return f"{seconds * scale:.3g} {unit}"


def _growth(ours: Mapping[int | None, float]) -> str:
    """The power of n between the last two sizes: 1 is linear."""
    sizes = sorted(rows for rows in ours if rows)
    if len(sizes) < 2:
        return ""
    less, more = sizes[-2:]
    return f"n^{math.log(ours[more] / ours[less]) / math.log(more / less):.2f}"


def write(text: str, path: Path = ROOT / "CONTRIBUTING.md") -> None:
    """Put the table between its marks in CONTRIBUTING.md. Raises LookupError without the marks."""
    old = path.read_text("utf-8")
    if not (0 <= old.find(BEGIN) < old.find(END)):
        raise LookupError(f"{path.name} must hold the lines {BEGIN} and {END}, in this order.")
    head, rest = old.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    path.write_bytes(f"{head}{BEGIN}\n{text}\n{END}{tail}".encode())


def main(options: argparse.Namespace) -> int:
    """Runs the benchmarks and prints their table; pytest's exit code."""
    code, measured = run(options.rest)
    found = gather(measured)
    if not found:
        return code or 1
    text = table(found)
    print(f"\nours ÷ other: below 1, ours takes less time\n\n{text}")
    if options.write and not code:
        write(text)
        print("\nwritten to CONTRIBUTING.md")
    return code
