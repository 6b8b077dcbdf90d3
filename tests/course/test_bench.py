"""`python -m costlib bench`: from measured times to the table in CONTRIBUTING.md."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from costlib.course import bench
from costlib.paths import ROOT


def measured(path: str, side: str, seconds: float, rows: int | None = None, case: str = "") -> Any:
    info = {"path": path, "against": "numpy", "side": side, "rows": rows, "case": case}
    return {"extra_info": info, "stats": {"min": seconds}}


def test_the_table_gives_ratios_the_largest_time_and_the_growth() -> None:
    found = bench.gather(
        {
            "benchmarks": [
                measured("sort", "ours", 0.001, 10**3),
                measured("sort", "other", 0.002, 10**3),
                measured("sort", "ours", 0.1, 10**4),
                measured("sort", "other", 0.04, 10**4),
                measured("call", "ours", 3e-6, case="gpt"),
                measured("call", "other", 1e-6, case="gpt"),
            ]
        }
    )
    assert bench.table(found).splitlines()[2:] == [
        "| sort | numpy |  | 0.50 | 2.50 |  |  | 100 ms | n^2.00 |",
        "| call `gpt` | numpy | 3.00 |  |  |  |  | 3 µs |  |",
    ]


def test_a_side_that_failed_leaves_its_ratio_out() -> None:
    found = bench.gather({"benchmarks": [measured("sort", "other", 0.002, 10**3)]})
    assert bench.table(found).splitlines()[2] == "| sort | numpy |  |  |  |  |  |  |  |"


def test_the_table_replaces_the_old_one_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "CONTRIBUTING.md"
    page.write_text(f"before\n{bench.BEGIN}\nold\n{bench.END}\nafter\n")
    bench.write("| new |", page)
    bench.write("| newer |", page)
    assert page.read_text() == f"before\n{bench.BEGIN}\n| newer |\n{bench.END}\nafter\n"
    page.write_text("no marks")
    with pytest.raises(LookupError, match="must hold the lines"):
        bench.write("| new |", page)


def test_contributing_has_a_place_for_the_table() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert text.index(bench.BEGIN) < text.index(bench.END)


def test_every_benchmark_can_be_collected_and_has_two_sides() -> None:
    """Nothing is timed here: a benchmark that does not import, or asks for no race, is found."""
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider"]
    command += ["-o", "python_files=bench_*.py", "-o", "python_functions=bench_*"]
    done = subprocess.run(
        [*command, "tests/benchmarks"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = [line for line in done.stdout.splitlines() if "::bench_" in line]
    ours = {name.replace("ours", "?") for name in names if "ours" in name}
    others = {name.replace("other", "?") for name in names if "other" in name}
    assert ours == others and len(ours) + len(others) == len(names) > 0
