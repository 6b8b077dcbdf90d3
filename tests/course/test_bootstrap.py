"""The environment is made, repaired and refused as README.md promises, with a real venv and pip.

The packages are tiny wheels made here, and pip is told to use no index: nothing is downloaded.
"""

from __future__ import annotations

import ast
import base64
import ensurepip
import errno
import hashlib
import importlib.util
import json
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from costlib.course import bootstrap, cli, install_progress
from costlib.course.commands import COMMANDS
from costlib.paths import ROOT

BOOT_MODULES = ("__init__", "__main__", "paths")
COMMAND_MODULES = ("__init__", "bootstrap", "cli", "commands", "install_progress", "limits")
CHECK = """
import sys, toyrun
def main(options):
    print("graded in", sys.prefix, options.what)
    return 0
"""
SUITE = """
import toydev, toyrun
def main(options):
    print("suite", options.rest)
    return 3
"""


def make_wheel(folder: Path, name: str, version: str) -> None:
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"version = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        record += f"{path},sha256={digest.decode()},{len(text)}\n"
    files[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)


def hashes(wheels: Path) -> str:
    """The end of a pin that may be installed from any of the wheels, and from no other file."""
    found = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(wheels.iterdir())]
    return "".join(f" \\\n    --hash=sha256:{digest}" for digest in found) + "\n"


class Course(NamedTuple):
    """A folder that looks like a fresh checkout, and the wheels that its pip can find."""

    root: Path
    env: Mapping[str, str]

    @property
    def python(self) -> Path:
        return self.root / bootstrap.PYTHON.relative_to(ROOT)

    def start(self, *command: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "costlib", *command],
            cwd=self.root,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(self, *command: str, **env: str) -> tuple[int, str, str]:
        with self.start(*command, **env) as process:
            out, err = process.communicate(timeout=120)
        assert "Traceback" not in err, err
        return process.returncode, out, err


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    top = tmp_path_factory.mktemp("made")
    wheels, root = top / "wheels", top / "a course, with é and spaces"
    wheels.mkdir()
    for name, version in (("toyrun", "1.0"), ("toyrun", "1.1"), ("toydev", "2.0")):
        make_wheel(wheels, name, version)
    # The pip that Python brings is the pinned one here: nothing else can be had.
    bundled = sysconfig.get_config_var("WHEEL_PKG_DIR") or Path(ensurepip.__file__).parent
    shutil.copy(next(Path(bundled).rglob("pip-*.whl")), wheels)
    (root / "costlib" / "course").mkdir(parents=True)
    for name in BOOT_MODULES:
        shutil.copy(ROOT / "costlib" / f"{name}.py", root / "costlib")
    for name in COMMAND_MODULES:
        shutil.copy(ROOT / "costlib" / "course" / f"{name}.py", root / "costlib" / "course")
    (root / "costlib" / "course" / "check.py").write_text(CHECK)
    (root / "lessons").mkdir()
    (root / "costlib" / "course" / "suite.py").write_text(SUITE)
    (root / "pyproject.toml").write_text(
        '[project]\ndependencies = ["toyrun>=1.0"]\n'
        '[project.optional-dependencies]\ncourse = []\ndev = ["toydev==2.0"]\n'
    )
    (root / ".pins").mkdir()
    (root / ".pins" / "run.txt").write_text("toyrun==1.0" + hashes(wheels))
    (root / ".pins" / "pip.txt").write_text(f"pip=={ensurepip.version()}" + hashes(wheels))
    (root / "tests").mkdir()
    (root / "tests" / "requirements.txt").write_text("toyrun==1.0\ntoydev==2.0\n")
    env = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    # What would send pip or the new Python elsewhere must not.
    env |= {"PYTHONPATH": str(top / "nowhere"), "PIP_TARGET": str(top / "elsewhere")}
    env |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PYTHONIOENCODING": "utf-8"}
    env["PIP_CONFIG_FILE"] = os.devnull
    return Course(root, env)


# The tests down to the next rule follow one course through its life, in this order: each also
# shows that what the one before left half done is repaired.


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT, which Windows has not")
def test_ctrl_c_says_what_to_do(course: Course) -> None:
    # A job that a shell starts in the background ignores Ctrl-C, and so would its children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = course.start("check", "1")
    signal.signal(signal.SIGINT, before)
    assert process.stdout.readline().startswith("[1/2]")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.strip() == "Stopped: run the same command again to go on."


def test_without_a_network_one_sentence_and_nothing_half_used(course: Course) -> None:
    code, _, err = course.run("check", "1", PIP_FIND_LINKS=str(course.root / "no-such-folder"))
    assert code == 1
    assert err.count("\n") == 1
    assert "could not reach the package index" in err
    assert _note(course) == {}


def test_two_first_runs_at_once_make_one_environment(course: Course) -> None:
    both = [course.start("check", "1"), course.start("check", "2")]
    texts = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], texts
    assert sum("[1/2] Making" in out for out, _ in texts) == 1
    for number, (out, err) in enumerate(texts, 1):
        assert f"graded in {course.root / '.venv'} ['{number}']" in out
        assert err == ""


def test_second_run_sets_nothing_up(course: Course) -> None:
    code, out, err = course.run("check", "1")
    assert (code, err) == (0, "")
    assert out.startswith("graded in")


def test_editors_find_costlib_in_the_environment(course: Course, tmp_path: Path) -> None:
    env = {**course.env, "PYTHONPATH": ""}
    command = [str(course.python), "-c", "import costlib; print(ascii(costlib.__file__))"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert ast.literal_eval(done.stdout) == str(course.root / "costlib" / "__init__.py")


def test_jupyterlab_keeps_widgets_and_asks_nothing(course: Course) -> None:
    settings = course.root / ".venv" / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    read = json.loads(settings.read_text(encoding="utf-8"))
    assert read["@jupyter-widgets/jupyterlab-manager:plugin"]["saveState"] is True
    assert read["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


def test_developer_packages_are_added_without_starting_over(course: Course) -> None:
    code, out, _ = course.run("test", "-x")
    assert code == 3  # the command's own
    assert "[1/2]" not in out
    assert out.endswith("suite ['-x']\n")
    assert course.run("check", "1")[1].startswith("graded in")


def test_a_package_that_is_not_the_pinned_file_is_not_installed(course: Course) -> None:
    pins = course.root / bootstrap.PINS["run"]
    before = pins.read_text()
    pins.write_text("toyrun==1.0 --hash=sha256:" + "0" * 64 + "\n")
    shutil.rmtree(course.root / ".venv")
    code, out, err = course.run("check", "1")
    assert code == 1 and "graded in" not in out
    assert "is not the file that the course was tested with" in err and err.count("\n") == 1
    pins.write_text(before)
    assert course.run("check", "1")[0] == 0


def test_changed_pins_are_followed(course: Course) -> None:
    pins = course.root / bootstrap.PINS["run"]
    pins.write_text(pins.read_text().replace("1.0", "1.1"))
    assert "[2/2] Installing" in course.run("check", "1")[1]
    assert _version(course, "toyrun") == "1.1"


def test_an_environment_whose_python_does_not_run_is_made_anew(course: Course) -> None:
    stray = course.root / ".venv" / "stray"
    stray.touch()
    course.python.unlink()
    course.python.touch()
    code, out, err = course.run("check", "1")
    assert (code, err) == (0, "")
    assert "[1/2] Making the environment" in out
    assert not stray.exists()


def test_an_environment_of_ones_own_is_used_as_it_is(course: Course, tmp_path: Path) -> None:
    own, site = tmp_path / "own", tmp_path / "own-packages"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(own)], check=True)
    with zipfile.ZipFile(next(Path(course.env["PIP_FIND_LINKS"]).glob("toyrun-1.1*"))) as wheel:
        wheel.extractall(site)
    python = own / bootstrap.PYTHON.relative_to(bootstrap.VENV)
    shutil.rmtree(course.root / ".venv")
    done = subprocess.run(
        [str(python), "-m", "costlib", "check", "1"],
        cwd=course.root,
        env={**course.env, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith(f"graded in {own}"), done.stderr
    assert not (course.root / ".venv").exists()


def test_one_thread_multiplies_unless_a_person_wants_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    assert bootstrap.environment(sys.executable)["OPENBLAS_NUM_THREADS"] == "1"
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    assert bootstrap.environment(sys.executable)["OPENBLAS_NUM_THREADS"] == "2"


def _note(course: Course) -> dict[str, str]:
    return json.loads((course.root / ".venv" / "costlib.json").read_text(encoding="utf-8"))


def _version(course: Course, module: str) -> str:
    command = [str(course.python), "-c", f"import {module}; print({module}.version)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


# ---- refusals


def test_python_3_8_can_read_all_that_runs_before_the_environment_stands() -> None:
    """What it cannot read would be a traceback in place of the sentence about its age."""
    names = [*BOOT_MODULES, *(f"course/{name}" for name in COMMAND_MODULES)]
    for name in names:
        ast.parse((ROOT / "costlib" / f"{name}.py").read_text("utf-8"), feature_version=(3, 8))


def test_what_runs_before_the_environment_stands_needs_the_standard_library_alone() -> None:
    bare = ", ".join(each.module for each in COMMANDS.values() if each.needs is None)
    assert "costlib.course.doctor" in bare
    code = f"import sys, costlib.course.cli, {bare}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append({str(ROOT)!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded - {"costlib", "__main__"} <= sys.stdlib_module_names


@pytest.mark.parametrize("name", ["__init__", "__main__"])
def test_an_old_python_can_read_what_refuses_it(name: str) -> None:
    tree = ast.parse((ROOT / "costlib" / f"{name}.py").read_text(), feature_version=(3, 6))
    futures = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert "__future__" not in [node.module for node in futures]  # 3.6 lacks annotations


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 10, 13)])
def test_an_old_python_is_told_so_before_anything_is_imported(
    version: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.delitem(sys.modules, "costlib.course.cli")
    with pytest.raises(SystemExit, match=rf"3\.11 or newer and this is Python {version[0]}\.") as e:
        runpy.run_path(str(ROOT / "costlib" / "__main__.py"), run_name="__main__")
    assert "\n" not in e.value.code
    assert "costlib.course.cli" not in sys.modules


@pytest.mark.parametrize("there", ["a file", "a link to nowhere", "a link to an environment"])
def test_what_stands_in_the_place_of_the_environment_is_left_alone(
    there: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv, other = tmp_path / ".venv", tmp_path / "another"
    if there == "a file":
        venv.touch()
    else:
        venv.symlink_to(other, target_is_directory=True)
    if there == "a link to an environment":
        other.mkdir()
        (other / "kept").touch()
    monkeypatch.setattr(bootstrap, "VENV", venv)
    with pytest.raises(bootstrap.Stop, match="is a file or a link"):
        bootstrap._make("run")
    assert venv.is_symlink() or venv.is_file()
    assert not other.exists() or (other / "kept").exists()


@pytest.mark.parametrize(
    ("here", "asks"), [("", True), ("23.2.1", True), ("26.3", False), ("27.0", False)]
)
def test_none_or_an_older_pip_makes_way_for_the_pinned_one_if_that_can_be_had(
    here: str, asks: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if here:
        (tmp_path / f"pip-{here}.dist-info").mkdir()
    asked: list[list[str]] = []

    def refused(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(bootstrap, "_site_packages", lambda: tmp_path)
    monkeypatch.setattr(bootstrap.subprocess, "run", refused)
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    bootstrap._newer_pip()
    assert asked == []  # nothing is pinned there
    (tmp_path / ".pins").mkdir()
    (tmp_path / bootstrap.PIP).write_text("pip==26.3 --hash=sha256:00\n")
    bootstrap._newer_pip()
    assert [command[-2:] for command in asked] == [["-r", str(tmp_path / bootstrap.PIP)]] * asks


def test_the_pinned_pip_is_one_release_with_its_checksums() -> None:
    (pin,) = _pins(ROOT / bootstrap.PIP)["pip"]
    assert [each.operator for each in pin.specifier] == ["=="]
    assert "--hash=sha256:" in (ROOT / bootstrap.PIP).read_text(encoding="utf-8")


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_what_to_install(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == module else real(name, *a)
    )
    with pytest.raises(bootstrap.Stop, match=f"lacks its {module} module.*python3-venv"):
        bootstrap._make_venv("run")


def test_too_little_disk_space_is_refused_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4e8))
    with pytest.raises(bootstrap.Stop, match=r"About 0\.9 GB .* 0\.4 GB is free: make room"):
        bootstrap._make_venv("run")


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("ERROR: [Errno 28] No space left on device", "The disk is full"),
        ("OSError: [Errno 30] Read-only file system: '/x'", "cannot be written"),
        ("ERROR: [WinError 5] Access is denied: 'python.exe'", "close programs that use .venv"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "PIP_CERT"),
        ("NewConnectionError: Failed to establish a new connection", "check the network"),
        ("ERROR: No matching distribution (from versions: none)", "check the network"),
        ("ReadTimeoutError: Read timed out.", "check the network"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "is not the file that the course"),
        ("fine\nERROR: bad thing\nmore", "pip failed with 'ERROR: bad thing'"),
        ("", "pip failed with 'no message'"),
    ],
)
def test_each_failure_has_its_sentence(output: str, sentence: str) -> None:
    said = install_progress.explain(output, "pip")
    assert sentence in said
    assert "\n" not in said


def test_a_python_too_new_for_the_pins_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    assert "install Python 3.14 beside it" in install_progress.explain("error: no compiler", "pip")


def test_a_read_only_checkout_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: str) -> str:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/course/.venv.lock")

    monkeypatch.setattr(cli, "find_or_make", refuse)
    assert cli.main(["check", "1"]) == 1
    err = capsys.readouterr().err
    assert "copy the course to a folder of your own" in err
    assert err.count("\n") == 1


# ---- the pins


def _pins(path: Path) -> dict[str, list[Requirement]]:
    pins: dict[str, list[Requirement]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("    --hash="):
            continue
        pin = Requirement(line.removesuffix("\\"))
        pins.setdefault(pin.name, []).append(pin)
    return pins


@pytest.mark.parametrize("group", ["run", "dev"])
def test_every_requirement_is_pinned_inside_its_range(group: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"]]
    for extra in bootstrap.EXTRAS[group]:
        wanted += project["optional-dependencies"][extra]
    pins = _pins(ROOT / bootstrap.PINS[group])
    for requirement in map(Requirement, wanted):
        for pin in pins[requirement.name]:
            (exact,) = pin.specifier
            assert exact.operator == "=="
            assert requirement.specifier.contains(exact.version), requirement


def test_the_developers_pins_contain_the_learners() -> None:
    learners, developers = (_pins(ROOT / bootstrap.PINS[group]) for group in ("run", "dev"))
    assert {name: developers.get(name) for name in learners} == learners
    assert len(learners) < len(developers)


def test_the_pins_with_checksums_are_those_without() -> None:
    """Binder and hubs use requirements.txt, and get what learners get."""
    assert _pins(ROOT / "requirements.txt") == _pins(ROOT / bootstrap.PINS["run"])
    text = (ROOT / bootstrap.PINS["run"]).read_text(encoding="utf-8")
    pins = re.split(r"\n(?=\S)", text)
    assert all("--hash=sha256:" in pin for pin in pins)


def test_the_pins_name_all_that_each_package_needs() -> None:
    """Set-up looks for nothing beyond them. What this system does not install is not seen here."""
    pins = _pins(ROOT / bootstrap.PINS["dev"])
    asked = [(name, "") for name in pins]  # with an extra of the package, or none
    lacking = set()
    for name, extra in asked:
        try:
            needs = importlib.metadata.requires(name) or ()
        except importlib.metadata.PackageNotFoundError:  # a pin for another system
            continue
        for need in map(Requirement, needs):
            if need.marker is not None and not need.marker.evaluate({"extra": extra}):
                continue
            needed = canonicalize_name(need.name)
            if needed not in pins:
                lacking.add(f"{name} needs {need}")
            asked += {(needed, each) for each in need.extras} - set(asked)
    assert lacking == set()


def test_missing_names_what_is_absent_old_or_different(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = re.match(r"\d+", importlib.metadata.version("pytest"))[0]
    (tmp_path / "pyproject.toml").write_text(
        f'[project]\ndependencies = ["pytest>={here}", "pytest>=999.1"]\n'
        '[project.optional-dependencies]\ncourse = ["no-such-thing>=1"]\n'
        'dev = ["pytest==0.1"]\n'
    )
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    run = bootstrap.missing("run")
    assert [line.split(" (")[0] for line in run] == ["pytest >=999.1", "no-such-thing >=1"]
    assert bootstrap.missing("dev")[2].startswith("pytest ==0.1 (here: ")
