"""Kernels that tests/kernels forks: Jupyter and a lesson find them as any other."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

from tests.kernels import plugin

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")

SECONDS = 60
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Kernel:
    """A kernel, what it is asked by, and the processes that are there for it alone."""

    manager: KernelManager
    client: BlockingKernelClient
    processes: list[psutil.Process] = field(default_factory=list)

    def says(self, code: str, seen: Any = lambda message: None) -> str:
        """What the code prints, or the name of what it raises. `seen` gets each message."""
        said: list[str] = []

        def listen(message: dict[str, Any]) -> None:
            content = message["content"]
            said.append(content.get("text") or content.get("ename") or "")
            seen(message)

        self.client.execute_interactive(code, output_hook=listen, timeout=SECONDS)
        return "".join(said).strip()

    def gone(self) -> bool:
        """Whether all its processes end."""
        return not psutil.wait_procs(self.processes, timeout=SECONDS)[1]


@pytest.fixture(scope="module")
def offered() -> Iterator[Path]:
    """The folder of the kernels: the session's, or where it offers none, this module's."""
    with contextlib.ExitStack() as stack:
        yield Path(plugin.offered() or stack.enter_context(plugin.offer()))


@pytest.fixture
def kernel(offered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    monkeypatch.setenv("JUPYTER_PATH", str(offered))
    # Over files, since a port that is free now may not be when the kernel begins.
    file = str(offered / "connection.json")
    manager = KernelManager(kernel_name="python3", transport="ipc", connection_file=file)
    own = {"IPYTHONDIR": str(tmp_path), "PYTHONPATH": str(tmp_path / "own"), "COLUMNS": "77"}
    manager.start_kernel(cwd=str(tmp_path), env=os.environ | own)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=SECONDS)
    started = Kernel(manager, client)
    ours = started.says("import os; print(os.getpid(), os.getppid())").split()
    started.processes += map(psutil.Process, [manager.provisioner.pid, *map(int, ours)])
    yield started
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    assert started.gone()


def test_it_is_in_its_clients_place(kernel: Kernel, tmp_path: Path) -> None:
    """The folder and the environment are the client's, nothing is there that has read the day, and
    figures are shown within the notebook."""
    assert kernel.says("print(os.getcwd())") == str(tmp_path)
    assert kernel.says("print(os.environ['COLUMNS'])") == "77"
    there = "import sys; print(*{'pandas', 'costlib.pricing', 'pytest'} & sys.modules.keys())"
    assert kernel.says(there) == "pandas"
    path = kernel.says("print(sys.path)")
    assert str(tmp_path / "own") in path and str(ROOT / "tests") not in path
    code = "import matplotlib.pyplot as p; p.plot([1, 2]); print(p.get_backend())"
    shown: list[dict[str, Any]] = []
    said = kernel.says(code, shown.append)
    assert "inline" in said
    assert any("image/png" in message["content"].get("data", {}) for message in shown)


def test_two_draw_other_random_numbers(kernel: Kernel) -> None:
    code = "import random, numpy; print(random.random(), numpy.random.random())"
    first = kernel.says(code)
    kernel.manager.restart_kernel(now=True)
    kernel.client.wait_for_ready(timeout=SECONDS)
    assert not set(first.split()) & set(kernel.says(code).split())
    assert kernel.gone(), "what was there before the restart"


def test_it_is_interrupted_and_goes_on(kernel: Kernel) -> None:
    def interrupt(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream":
            kernel.manager.interrupt_kernel()

    code = "import time\nprint('waits', flush=True)\ntime.sleep(600)"
    assert "KeyboardInterrupt" in kernel.says(code, interrupt)
    assert kernel.says("print(1 + 1)") == "2"


def test_it_is_shut_down(kernel: Kernel) -> None:
    process = kernel.manager.provisioner.process
    kernel.client.shutdown()
    assert process.wait(SECONDS) == 0
    assert kernel.gone()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_its_client(kernel: Kernel, number: signal.Signals) -> None:
    process = kernel.manager.provisioner.process
    process.send_signal(number)
    assert process.wait(SECONDS) == -number
    assert kernel.gone()


@pytest.mark.parametrize(
    "code, expected", [("os._exit(7)", 7), ("os.kill(os.getpid(), 9)", -signal.SIGKILL)]
)
def test_its_client_ends_with_it(kernel: Kernel, code: str, expected: int) -> None:
    kernel.client.execute(code)
    assert kernel.manager.provisioner.process.wait(SECONDS) == expected
    assert kernel.gone()


def test_what_it_started_ends_with_its_client(kernel: Kernel) -> None:
    code = "import subprocess, sys; p = subprocess.Popen(['sleep', '600']); print(p.pid)"
    kernel.processes.append(psutil.Process(int(kernel.says(code))))
    kernel.manager.provisioner.process.kill()
    assert kernel.gone()


def test_nbval_has_them_for_the_solved_lessons_but_one(
    offered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(plugin.FORKED, str(offered))
    monkeypatch.setenv("JUPYTER_PATH", "")
    solved, blank = (
        sorted(ROOT.glob(f"{folder}/0[1-8]_*.ipynb")) for folder in ("solutions", "lessons")
    )
    assert plugin.ORDINARY in solved
    for path in (*solved, *blank, Path(__file__)):
        option = SimpleNamespace(nbval_current_env=True)
        item = SimpleNamespace(path=path, config=SimpleNamespace(option=option))
        setting_up = plugin.pytest_runtest_setup(item)
        next(setting_up)
        forked = path in solved and path != plugin.ORDINARY
        assert os.environ["JUPYTER_PATH"] == (str(offered) if forked else "")
        assert option.nbval_current_env is not forked
        with contextlib.suppress(StopIteration):
            setting_up.send(None)
        assert (os.environ["JUPYTER_PATH"], option.nbval_current_env) == ("", True)


_SESSION = """
import os, sys
from jupyter_client.manager import KernelManager
from tests.kernels import plugin
with plugin.offer(["ipykernel.kernelapp"]) as folder:
    print(folder, flush=True)
    os.environ["JUPYTER_PATH"] = str(folder)
    file = str(folder / "connection.json")
    manager = KernelManager(kernel_name="python3", transport="ipc", connection_file=file)
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    client.execute_interactive(
        "import os; print(os.getpid(), os.getppid())",
        output_hook=lambda said: print(said["content"].get("text", ""), end="", flush=True),
    )
    sys.stdin.read()
"""


def test_all_end_with_a_session_that_is_killed() -> None:
    """The server, and a kernel whose client has lost the process that started it."""
    session = subprocess.Popen(
        [sys.executable, "-c", _SESSION],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with session:
        assert session.stdout is not None
        folder = session.stdout.readline().strip()
        kernel = map(psutil.Process, map(int, session.stdout.readline().split()))
        processes = [*kernel, *psutil.Process(session.pid).children(recursive=True)]
        assert len({process.pid for process in processes}) >= 4
        session.kill()
    shutil.rmtree(folder)
    assert not psutil.wait_procs(processes, timeout=SECONDS)[1]
