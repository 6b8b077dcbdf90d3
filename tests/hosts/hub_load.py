"""A workshop's JupyterHub under load: every seat opens lesson 1 and runs all of it, at once.

    sudo python tests/hosts/hub_load.py --users 5
    sudo python tests/hosts/hub_load.py --users 30 --hub ENVIRONMENT --proxy PROXY

Starts the hub of .jupyterhub/ on loopback, its seats real system accounts (made here and removed
at the end, so it needs root on Linux), and two seats more that misbehave while the others work:
one prints without end, one takes memory until it is refused. Each seat is driven as a browser
drives it: the server's page, the notebook, a kernel, then each cell through the web socket, its
verdicts compared with the stored ones. Bounded by --seconds, and everything ends with it.

`--hub` is an environment made from .jupyterhub/requirements.txt that every account can read, and
`--proxy` the program configurable-http-proxy; without them they are installed for the run.
Exit status 1 when a seat failed. Units: seconds, MB (PSS: shared pages divided by their users).
"""

from __future__ import annotations

import argparse
import json
import os
import pwd
import secrets
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests
import websocket
from nbformat import NotebookNode
from rig import (
    ROOT,
    Kernel,
    environment,
    free_port,
    is_check,
    lessons,
    plain,
    read,
    run,
    say,
    workspace,
)

PRINTS_WITHOUT_END = "while True: print('x' * 1000)"
TAKES_MEMORY = "kept = []\nwhile True: kept.append(b'x' * 50_000_000)"
LEAST_FREE = 800  # MB: below it, whatever else runs on this machine would suffer
CONFIG = """\
c = get_config()
load_subconfig({shipped!r})
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.Spawner.cmd = [{single!r}]
c.JupyterHub.log_level = "WARN"
c.JupyterHub.services = [{{"name": "load", "api_token": {token!r}}}]
c.JupyterHub.load_roles = [{{
    "name": "load", "services": ["load"],
    "scopes": ["admin:users", "admin:servers", "access:servers"],
}}]
"""


@dataclass
class Seat:
    """What one learner saw: seconds from the start, and what went wrong (empty: nothing)."""

    name: str
    server: float = 0
    first_cell: float = 0
    finished: float = 0
    problem: str = ""
    memory: dict[str, float] = field(default_factory=dict)


class Hub:
    """A running hub, asked as a browser and an administrator ask it."""

    def __init__(self, url: str, token: str, deadline: float) -> None:
        self.url, self.deadline = url, deadline
        self.headers = {"Authorization": f"token {token}"}

    def ask(self, method: str, path: str, **options: object) -> requests.Response:
        answer = requests.request(
            method, self.url + path, headers=self.headers, timeout=120, **options
        )
        answer.raise_for_status()
        return answer

    def start(self, name: str) -> None:
        """Start a seat's server and wait until it answers, as the page with the bar does."""
        self.ask("POST", f"/hub/api/users/{name}/server")
        while not self.ask("GET", f"/hub/api/users/{name}").json()["servers"][""]["ready"]:
            if time.monotonic() > self.deadline:
                raise TimeoutError("its server did not start in time")
            time.sleep(0.5)

    @contextmanager
    def kernel(self, name: str, path: str) -> Iterator[Kernel]:
        """The kernel of a seat's notebook, over the web socket that JupyterLab opens."""
        session = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        kernel = self.ask("POST", f"/user/{name}/api/sessions", json=session).json()["kernel"]["id"]
        socket_url = self.url.replace("http", "ws", 1)
        channel = websocket.create_connection(
            f"{socket_url}/user/{name}/api/kernels/{kernel}/channels",
            header=[f"Authorization: {self.headers['Authorization']}"],
            timeout=120,
        )
        try:
            yield Kernel(channel, self.deadline)
        finally:
            channel.close()


def work(hub: Hub, seat: Seat, lesson: NotebookNode, path: str, begun: float) -> None:
    """One learner: the server, the page, the notebook, every cell."""
    try:
        hub.start(seat.name)
        hub.ask("GET", f"/user/{seat.name}/lab/tree/{path}")
        hub.ask("GET", f"/user/{seat.name}/api/contents/{path}")
        seat.server = time.monotonic() - begun
        with hub.kernel(seat.name, path) as kernel:
            for cell in lesson.cells:
                if cell.cell_type != "code":
                    continue
                outputs = kernel.run(cell.source)
                seat.first_cell = seat.first_cell or time.monotonic() - begun
                raised = [o for o in outputs if o["output_type"] == "error"]
                if raised:
                    raise RuntimeError(f"{cell.id}: {raised[0]['ename']}: {raised[0]['evalue']}")
                got = NotebookNode(outputs=[NotebookNode(o) for o in outputs])
                if is_check(cell) and plain(got) != plain(cell):
                    raise RuntimeError(f"{cell.id} says {plain(got)[:100]!r}")
        seat.finished = time.monotonic() - begun
    except Exception as error:  # whatever it is, it is this seat's report
        seat.problem = f"{type(error).__name__}: {str(error)[:300]}"


def misbehave(hub: Hub, seat: Seat, code: str, path: str, stop: threading.Event) -> None:
    """A seat that does harm until the others are done, and what came of it."""
    try:
        hub.start(seat.name)
        with hub.kernel(seat.name, path) as kernel:
            kernel.run("1")
            ident, received, said = kernel.send(code), 0, "it ran on until it was stopped"
            kernel.channel.settimeout(1)
            while not stop.is_set():
                with suppress(websocket.WebSocketTimeoutException):
                    text = kernel.channel.recv()
                    received += len(text)
                    message = json.loads(text)
                    if message.get("parent_header", {}).get("msg_id") == ident:
                        if message["msg_type"] == "error":
                            said = message["content"]["ename"]
                        if message["content"].get("execution_state") == "idle":
                            break
            seat.problem = f"{said}; its browser was sent {received / 1e6:.0f} MB"
    except Exception as error:
        seat.problem = f"{type(error).__name__}: {str(error)[:200]}"


def memory_of(uid: int) -> dict[str, float]:
    """The PSS of a seat's processes: its server, and its kernels."""
    found = {"server": 0.0, "kernel": 0.0}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if process.stat().st_uid == uid:
                kind = "kernel" if b"ipykernel" in (process / "cmdline").read_bytes() else "server"
                found[kind] += _pss(process)
    return found


def _pss(process: Path) -> float:
    rollup = (process / "smaps_rollup").read_text()
    line = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) / 1024


def end_processes_of(accounts: set[str]) -> None:
    """End what is left of the seats that this run made."""
    uids = {pwd.getpwnam(name).pw_uid for name in accounts}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if process.stat().st_uid in uids:
                os.kill(int(process.name), signal.SIGKILL)


@contextmanager
def serving(folder: Path, hub_python: Path, proxy: str, seats: int, seconds: float):
    """The shipped configuration, on loopback, its state in `folder`; gives the hub and its log."""
    token, url = secrets.token_hex(16), f"http://127.0.0.1:{free_port()}"
    folder.chmod(0o755)
    config = folder / "config.py"
    config.write_text(
        CONFIG.format(
            shipped=str(ROOT / ".jupyterhub" / "jupyterhub_config.py"),
            hub=free_port(),
            api=free_port(),
            proxy=proxy,
            single=str(hub_python.with_name("jupyterhub-singleuser")),
            token=token,
        )
    )
    env = {k: v for k, v in os.environ.items() if not k.startswith(("COSTLIB", "PYTHON"))} | {
        "WORKSHOP_URL": url,
        "WORKSHOP_STATE": str(folder / "state"),
        "WORKSHOP_SEATS": str(seats),
        "WORKSHOP_PASSWORD": secrets.token_urlsafe(9),
        "PATH": f"{hub_python.parent}{os.pathsep}{os.environ['PATH']}",
    }
    log = folder / "hub.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [hub_python, "-m", "jupyterhub", "-f", config],
            cwd=folder,
            env=env,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        hub = Hub(url, token, time.monotonic() + seconds)
        while True:
            with suppress(requests.RequestException):
                hub.ask("GET", "/hub/api/")
                break
            if process.poll() is not None or time.monotonic() > hub.deadline:
                sys.exit(f"The hub did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.3)
        yield hub, process.pid
    finally:
        process.send_signal(signal.SIGTERM)  # it ends the proxy and the seats' servers
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def spread(values: list[float]) -> str:
    ranked = sorted(values)
    most = ranked[min(len(ranked) - 1, int(0.9 * len(ranked)))]
    return f"median {statistics.median(ranked):6.1f}, p90 {most:6.1f}, most {ranked[-1]:6.1f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=5, help="learners that do the lesson (5)")
    parser.add_argument("--behaved", action="store_true", help="without the two that misbehave")
    parser.add_argument("--seconds", type=float, default=900, help="the longest it may take (900)")
    parser.add_argument("--hub", type=Path, help="an environment with the hub's packages")
    parser.add_argument("--proxy", help="the program configurable-http-proxy")
    parser.add_argument("--python", default="python3", help="makes the environment (python3)")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the hub's log")
    options = parser.parse_args()
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not Path("/proc").exists():
        sys.exit("This makes system accounts for its seats, so it needs root on Linux: use sudo.")
    count = options.users + (0 if options.behaved else 2)
    names = [f"learner-{number:02}" for number in range(1, count + 1)]
    ours = {name for name in names if name not in {entry.pw_name for entry in pwd.getpwall()}}
    if len(ours) < count:
        sys.exit("There are accounts learner-01 and so on here already: this would remove them.")
    path = f"lessons/{lessons([1])[0].name}"
    lesson = read(ROOT / path)
    load, free = os.getloadavg()[0], _available()
    say(f"{os.cpu_count()} cores, load {load:.1f} before the start, {free / 1000:.1f} GB free")
    with workspace(options.keep) as folder:
        hub_python = (
            options.hub.absolute() / "bin" / "python"
            if options.hub
            else environment(
                folder / "env", options.python, "-r", ROOT / ".jupyterhub" / "requirements.txt"
            )
        )
        proxy = options.proxy or shutil.which("configurable-http-proxy")
        if proxy is None:
            run(["npm", "install", "--silent", "--prefix", folder, "configurable-http-proxy@5"])
            proxy = str(folder / "node_modules" / ".bin" / "configurable-http-proxy")
        for name in names:
            run(["useradd", "--create-home", "--shell", "/bin/bash", name])
        try:
            with serving(folder, hub_python, proxy, count, options.seconds) as (hub, pid):
                return report(hub, pid, names, options.users, lesson, path)
        finally:
            end_processes_of(ours)
            for name in ours:
                subprocess.run(["userdel", "-r", name], capture_output=True)


def report(
    hub: Hub, pid: int, names: list[str], users: int, lesson: NotebookNode, path: str
) -> int:
    """Run all seats at once, print what was seen; 1 when a seat that behaved failed."""
    seats, stop = [Seat(name) for name in names], threading.Event()
    learners, others = seats[:users], seats[users:]
    begun = time.monotonic()
    harm = [
        threading.Thread(target=misbehave, args=(hub, seat, code, path, stop))
        for seat, code in zip(others, (PRINTS_WITHOUT_END, TAKES_MEMORY), strict=False)
    ]
    threads = [
        threading.Thread(target=work, args=(hub, seat, lesson, path, begun)) for seat in learners
    ]
    for thread in harm + threads:
        thread.start()
    least = _available()
    for thread in threads:
        while thread.is_alive():
            thread.join(1)
            least = min(least, _available())
            if least < LEAST_FREE:
                say(f"Less than {LEAST_FREE} MB is free: all seats are ended, to save the machine.")
                end_processes_of(set(names))
    done = time.monotonic() - begun
    for seat in seats:
        seat.memory = memory_of(pwd.getpwnam(seat.name).pw_uid)
    own = _pss(Path(f"/proc/{pid}"))
    stop.set()
    for thread in harm:
        thread.join()
    good = [seat for seat in learners if not seat.problem]
    say(f"{len(good)} of {users} learners ran {path} to its end, all done after {done:.0f} s")
    for seat in learners:
        if seat.problem:
            say(f"  {seat.name}: {seat.problem}")
    if good:
        say(f"  lesson open      {spread([seat.server for seat in good])} s")
        say(f"  first cell done  {spread([seat.first_cell for seat in good])} s")
        say(f"  last cell done   {spread([seat.finished for seat in good])} s")
        for kind in ("server", "kernel"):
            say(f"  {kind} memory    {spread([seat.memory[kind] for seat in good])} MB")
        say(f"  hub's memory     {own:.0f} MB; least memory free {least / 1000:.1f} GB")
    for seat, what in zip(others, ("prints without end", "takes memory"), strict=False):
        memory = seat.memory["server"] + seat.memory["kernel"]
        say(f"  {seat.name} {what}: {seat.problem}; {memory:.0f} MB at the end")
    say(f"  load at the end  {os.getloadavg()[0]:.1f}")
    return int(len(good) < users)


def _available() -> float:
    line = next(x for x in Path("/proc/meminfo").read_text().splitlines() if "MemAvailable" in x)
    return int(line.split()[1]) / 1000


if __name__ == "__main__":
    sys.exit(main())
