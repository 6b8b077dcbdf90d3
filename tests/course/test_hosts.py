"""What Binder, Colab, a hub and GitHub are told, as far as it can be compared without them.

The commands in tests/hosts/ try the real thing; the workflow runs them each week.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from costlib.paths import ROOT
from solutions.derive import SETUP
from solutions.plans import filled, sections

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
# What lessons are run with: costlib's own requirements, and the course's.
NEEDED = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["course"]]
# What opens and grades notebooks, and ipywidgets, whose older version on Colab does.
NOT_FOR_LESSONS = {"jupyterlab", "nbval", "psutil", "ipywidgets"}


def requirements(path: Path) -> list[str]:
    """The lines of a requirements file, comments left out."""
    lines = path.read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


# ---- Binder


def test_binder_installs_the_pins_and_costlib_in_place() -> None:
    lines = requirements(ROOT / ".binder" / "requirements.txt")
    assert lines[:2] == ["-r ../requirements.txt", "-e ."]
    assert [Requirement(line).name for line in lines[2:]] == ["notebook"]


def test_binders_python_is_one_that_the_course_supports() -> None:
    name, _, version = (ROOT / ".binder" / "runtime.txt").read_text("utf-8").strip().partition("-")
    assert name == "python"
    assert Version(f"{version}.0") in SpecifierSet(PROJECT["requires-python"])
    assert version in workflow()["jobs"]["suite"]["strategy"]["matrix"]["python"]


def test_a_codespace_runs_the_installer_of_the_course(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr("costlib.course.bootstrap.find_or_make", made.append)
    settings = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    python, option, code = shlex.split(settings["postCreateCommand"])
    assert (python, option) == ("python3", "-c")
    exec(code, {})
    assert made == ["run"]
    version = settings["image"].partition(":")[2].partition("-")[0]
    assert Version(f"{version}.0") in SpecifierSet(PROJECT["requires-python"])
    for name in settings["customizations"]["codespaces"]["openFiles"]:
        assert (ROOT / name).is_file()


@pytest.mark.skipif(os.name == "nt", reason="Binder is Linux")
def test_binders_last_step_lays_the_settings_of_jupyterlab(tmp_path: Path) -> None:
    step = ROOT / ".binder" / "postBuild"
    assert os.access(step, os.X_OK)
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    # A stand-in for Binder's Python, whose prefix is a folder that may be written.
    script = f'#!/bin/sh\nexec "{sys.executable}" -c "import sys; sys.prefix=\'{tmp_path}\'; $2"\n'
    python.write_text(script, "utf-8")
    python.chmod(0o755)
    env = os.environ | {"PATH": f"{python.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    subprocess.run([step], env=env, check=True, cwd=ROOT)
    written = (tmp_path / "share/jupyter/lab/settings/overrides.json").read_text("utf-8")
    assert '"saveState": true' in written and '"fetchNews": "false"' in written


def test_the_tokenizers_that_binder_needs_are_in_the_checkout() -> None:
    """No download at run time: hosts may have no network, and sessions start without a cache."""
    here = {path.name for path in (ROOT / "data" / "tokenizers").iterdir()}
    assert {"o200k_base.tiktoken.gz", "cl100k_base.tiktoken.gz"} <= here


# ---- Colab


def test_the_set_up_cell_installs_all_that_colab_lacks_or_has_too_old() -> None:
    line = re.search(r"%pip install -q (.*)", SETUP)[1]
    installed = {r.name: r for r in map(Requirement, line.replace('"', "").split())}
    colab = {
        r.name: Version(str(r.specifier).removeprefix("=="))
        for r in map(Requirement, requirements(ROOT / "tests" / "hosts" / "colab.txt"))
    }
    for needed in map(Requirement, NEEDED):
        if needed.name in installed:
            least = str(needed.specifier).removeprefix(">=")
            wanted = str(installed[needed.name].specifier)
            assert not wanted or wanted.lstrip("~>=") == least, needed
        elif needed.name not in NOT_FOR_LESSONS:
            assert colab[needed.name] in needed.specifier, needed
    assert set(installed) <= {Requirement(text).name for text in NEEDED}


def test_an_sdk_of_the_next_major_version_is_not_taken_unseen() -> None:
    """The last ones changed their HTTP layer and their arguments."""
    assert '"anthropic~=2.0"' in SETUP and '"openai~=3.0"' in SETUP


# ---- hubs


def test_the_hubs_environment_is_the_courses_with_the_hub() -> None:
    lines = requirements(ROOT / ".jupyterhub" / "requirements.txt")
    assert lines[0] == "-r ../requirements.txt"
    assert [Requirement(line).name for line in lines[1:]] == ["jupyterhub"]


def test_kubernetes_values_give_a_learner_the_memory_that_was_measured() -> None:
    text = (ROOT / ".jupyterhub" / "zero-to-jupyterhub.yaml").read_text("utf-8")
    learner = yaml.safe_load(text)["singleuser"]
    assert learner["memory"] == {"guarantee": "768M", "limit": "2G"}
    assert learner["extraEnv"]["PYTHONPATH"].endswith("/course")
    assert "targetPath=course" in (ROOT / "INSTRUCTORS.md").read_text("utf-8")


# ---- the workflow


def workflow() -> dict:
    return yaml.safe_load((ROOT / ".github" / "workflows" / "course.yml").read_text("utf-8"))


def test_the_suite_runs_on_every_system_and_python() -> None:
    found = workflow()
    triggers = found[True]  # YAML 1.1 reads the key `on` as true
    assert {"push", "pull_request", "schedule", "workflow_dispatch"} == set(triggers)
    matrix = found["jobs"]["suite"]["strategy"]["matrix"]
    assert {system.partition("-")[0] for system in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert {"3.11", "3.12", "3.13"} <= set(matrix["python"])
    steps = [step.get("run") for step in found["jobs"]["suite"]["steps"]]
    assert "python -m costlib test" in steps


def test_the_workflow_runs_files_that_are_there() -> None:
    text = (ROOT / ".github" / "workflows" / "course.yml").read_text("utf-8")
    named = re.findall(r"\b(?:tests|solutions)/[\w/.-]+\.(?:py|txt)", text)
    assert {"tests/hosts/binder.py", "tests/hosts/colab.py", "tests/hosts/hub_load.py"} <= {*named}
    for name in named:
        assert (ROOT / name).exists(), name


def test_a_weekly_failure_is_reported_for_every_job() -> None:
    jobs = workflow()["jobs"]
    assert set(jobs["report"]["needs"]) == set(jobs) - {"report"}
    assert (
        "failure()" in jobs["report"]["if"] and jobs["report"]["permissions"]["issues"] == "write"
    )


def test_the_weekly_run_tries_the_newest_packages_within_the_ranges() -> None:
    job = workflow()["jobs"]["newest"]
    assert "schedule" in job["if"]
    runs = [step.get("run", "") for step in job["steps"]]
    assert 'python -m pip install -q -e ".[course,dev]"' in runs
    assert not any("requirements.txt" in run for run in runs)


def test_the_monthly_run_updates_and_opens_a_pull_request_or_an_issue() -> None:
    text = (ROOT / ".github" / "workflows" / "monthly.yml").read_text("utf-8")
    found = yaml.safe_load(text)
    assert {"schedule", "workflow_dispatch"} == set(found[True])
    runs = [step.get("run", "") for step in found["jobs"]["update"]["steps"]]
    (update,) = (at for at, run in enumerate(runs) if "costlib.course.cli update" in run)
    (opened,) = (at for at, run in enumerate(runs) if "gh pr create" in run)
    assert update < opened and "set -o pipefail" in runs[update]
    assert found["jobs"]["update"]["steps"][-1]["if"] == "failure()"
    assert "gh issue create" in runs[-1]


# ---- INSTRUCTORS.md


def test_the_timetables_are_those_of_the_lessons() -> None:
    text = (ROOT / "INSTRUCTORS.md").read_text("utf-8")
    assert filled(text) == text, "run: python solutions/plans.py"
    for source in ROOT.glob("solutions/[0-9]*.py"):
        assert f"<!-- lesson {int(source.name[:2])} -->\n\n| from" in text


def test_a_lesson_fits_an_hour_in_a_room() -> None:
    for source in ROOT.glob("solutions/[0-9]*.py"):
        assert sum(section.minutes for section in sections(source)) <= 60, source.name


def test_every_command_that_instructors_are_told_exists() -> None:
    from costlib.course.cli import COMMANDS

    text = (ROOT / "INSTRUCTORS.md").read_text("utf-8")
    assert {*re.findall(r"-m costlib ([\w-]+)", text)} <= set(COMMANDS)
    for name in re.findall(r"(?<![\w/])(\.?[\w-]+/[\w./-]+\.(?:py|txt|yaml))", text):
        assert (ROOT / name).exists(), name
