"""What Binder would build, and whether it works: the plan of repo2docker, without Docker.

    python tests/hosts/binder.py --python python3.12

repo2docker (installed for the run) says what it would do with this repository's last commit. That
is then done in a fresh environment: the Jupyter packages of repo2docker's own lock file, from the
registry that pip uses instead of conda's, then .binder/requirements.txt, then .binder/postBuild.
JupyterLab is started as Binder starts it, at lesson 1, and every lesson and solution runs.
Prints sizes (MB) and times (seconds); exit status 1 when anything fails.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import websocket
from rig import (
    ROOT,
    Kernel,
    changed_checks,
    environment,
    free_port,
    lessons,
    megabytes,
    origin,
    read,
    run,
    run_notebook,
    say,
    with_solution,
    workspace,
)

# What the plan must say, in this order; the Python is checked beside them.
STEPS = (
    "COPY --chown=0:0 src/ ${REPO_DIR}/",
    'pip install --no-cache-dir -r ".binder/requirements.txt"',
    "RUN ./.binder/postBuild",
)
# The packages of the lock file that ours meet, by the name that pip knows.
SAME = "ipykernel ipywidgets jupyter_server jupyterlab jupyterlab_server notebook pip"
SAME += " jupyter-offlinenotebook jupyter-resource-usage"
JUPYTER = {"jupyterhub-base": "jupyterhub"} | {name: name for name in SAME.split()}


def plan(repo2docker: Path, checkout: Path) -> list[str]:
    """What repo2docker would build from a checkout; the problems found in it."""
    command = [repo2docker, "--no-build", "--debug", checkout]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    text = done.stdout + done.stderr
    problems = []
    at = 0
    for step in STEPS:
        found = text.find(step, at)
        if found < 0:
            problems.append(f"the plan lacks, or has too early: {step}")
        at = max(at, found)
    wanted = (ROOT / ".binder" / "runtime.txt").read_text().strip().removeprefix("python-")
    if f"environment-2epy-2d{wanted.replace('.', '-2e')}-2d" not in text:
        problems.append(f"the plan does not take Python {wanted}")
    return problems


def base_packages(repo2docker_python: Path, python: str) -> list[str]:
    """Pins of the Jupyter that repo2docker brings for a Python version, from its lock file."""
    where = "import repo2docker, os; print(os.path.dirname(repo2docker.__file__))"
    folder = Path(run([repo2docker_python, "-c", where]).strip(), "buildpacks", "conda")
    lock = (folder / f"environment.py-{python}-linux-64.lock").read_text()
    pins = dict(re.findall(r"/([\w.-]+)-([\d.]+)-\w+\.conda", lock))
    return [f"{ours}=={pins[theirs]}" for theirs, ours in JUPYTER.items()]


def start(inside: Path, checkout: Path) -> tuple[float, float]:
    """Seconds until JupyterLab shows lesson 1, and until its kernel has run a cell."""
    port = free_port()
    token = secrets.token_hex(8)
    url = f"http://127.0.0.1:{port}"
    first = lessons([1])[0].name
    command = [inside.with_name("jupyter-lab"), "--no-browser", "--ServerApp.ip=127.0.0.1"]
    command += [f"--ServerApp.port={port}", f"--IdentityProvider.token={token}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    env = as_binder(inside)
    begun = time.monotonic()
    server = subprocess.Popen(
        list(map(str, command)),
        cwd=checkout,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                page = f"{url}/doc/tree/lessons%2F{first}?token={token}"
                urllib.request.urlopen(page, timeout=10).close()
                break
            except (urllib.error.URLError, OSError):
                if time.monotonic() - begun > 120 or server.poll() is not None:
                    sys.exit("JupyterLab did not start in the environment that Binder would have.")
                time.sleep(0.1)
        shown = time.monotonic() - begun
        body = {"path": f"lessons/{first}", "name": first, "type": "notebook"}
        ask = urllib.request.Request(
            f"{url}/api/sessions",
            json.dumps(body | {"kernel": {"name": "python3"}}).encode(),
            {"Authorization": f"token {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(ask, timeout=60) as answer:
            kernel = json.load(answer)["kernel"]["id"]
        channel = websocket.create_connection(
            f"ws://127.0.0.1:{port}/api/kernels/{kernel}/channels?token={token}", timeout=60
        )
        Kernel(channel, begun + 300).run("import costlib")
        channel.close()
        return shown, time.monotonic() - begun
    finally:
        server.terminate()
        server.wait(30)


def as_binder(inside: Path) -> dict[str, str]:
    """Binder's variables: the environment's programs first, nothing of this machine's Python."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("COSTLIB", "PYTHON", "JUPY"))}
    return env | {"PATH": f"{inside.parent}{os.pathsep}{env['PATH']}"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default="python3.12", help="Binder's Python (python3.12)")
    parser.add_argument("--keep", action="store_true", help="keep the environment and checkout")
    options = parser.parse_args()
    problems: list[str] = []
    with workspace(options.keep) as folder:
        checkout = folder / "course"
        run(["git", "clone", "-q", origin(folder, "main"), checkout])
        tool = environment(folder / "repo2docker", options.python, "jupyter-repo2docker")
        problems += plan(tool.with_name("jupyter-repo2docker"), checkout)
        version = (checkout / ".binder" / "runtime.txt").read_text().strip()[len("python-") :]
        base = base_packages(tool, version)
        say(f"repo2docker brings {', '.join(base)}")
        inside = environment(folder / "env", options.python, *base)
        here = run([inside, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]).strip()
        if here != version:
            sys.exit(f"{options.python} is Python {here} and Binder would take {version}.")
        begun = time.monotonic()
        install = ["-m", "pip", "install", "-q", "--no-cache-dir", "-r", ".binder/requirements.txt"]
        run([inside, *install], cwd=checkout)
        run([checkout / ".binder" / "postBuild"], cwd=checkout, env=as_binder(inside))
        say(f"installed in {time.monotonic() - begun:.0f} s")
        say(
            f"environment {megabytes(folder / 'env'):.0f} MB, checkout {megabytes(checkout):.0f} MB"
        )
        checked = subprocess.run([inside, "-m", "pip", "check"], capture_output=True, text=True)
        problems += checked.stdout.splitlines() if checked.returncode else []
        shown, ready = start(inside, checkout)
        say(f"JupyterLab at lesson 1 after {shown:.1f} s, its kernel after {ready:.1f} s")
        for lesson in lessons([]):
            for path in with_solution(lesson, checkout):
                name = f"{path.parent.name}/{path.name}"
                result = run_notebook(read(path), inside, path.parent, as_binder(inside))
                if not result.problems:
                    result.problems += changed_checks(result.notebook, read(path))
                say(f"{'FAILED' if result.problems else 'ok':7}{name:48}{result.seconds:6.1f} s")
                problems += [f"{name}: {problem}" for problem in result.problems]
    for problem in problems:
        say(f"problem: {problem}")
    say(f"{len(problems)} problems" if problems else "Binder would build it and run every lesson.")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
