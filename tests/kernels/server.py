"""Forks Jupyter kernels: python server.py DESCRIPTOR MODULE [MODULE ...]

Imports the modules, the checkout's own among them, when the first client (client.py) connects to
the listening socket of that descriptor, and forks a kernel for each client. A kernel's parent is
its keeper, a fork as well, which hands on the client's signals and ends the kernel when the client
has ended. The server ends when its standard input does.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
import time
from types import FrameType
from typing import BinaryIO

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INLINE = "module://matplotlib_inline.backend_inline"  # the backend that a kernel sets for itself


def main(listener: socket.socket, modules: list[str]) -> None:
    """Serves until standard input ends; in a forked process it is the kernel's whole life."""
    signal.signal(signal.SIGCHLD, _bury)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests, whose end is seen here
    while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
        _import(modules)
        client, _ = listener.accept()
        if not os.fork():
            listener.close()
            return _keep(client)
        client.close()


def _bury(number: int, frame: FrameType | None) -> None:
    """Takes note of the keepers that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _import(modules: list[str]) -> None:
    """Imports what is not there yet; no later search for garbage walks through it, and searches
    are as rare in a kernel as in the tests (spread.py)."""
    if sys.modules.keys() >= set(modules):
        return
    gc.disable()
    sys.path.insert(0, ROOT)
    for name in modules:
        importlib.import_module(name)
    sys.path.remove(ROOT)  # which a kernel has from its client, or not at all
    gc.freeze()
    gc.enable()
    gc.set_threshold(10_000, 20, 20)


def _keep(client: socket.socket) -> None:
    """Starts a kernel, and sees it through."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    _, descriptors, _, _ = socket.recv_fds(client, 1, 3)
    lines = client.makefile("rb")
    arguments, environment, folder = json.loads(lines.readline())
    if not (kernel := os.fork()):
        os.setpgid(0, 0)
        lines.close()
        client.close()
        return _run(arguments, environment, folder, descriptors)
    with contextlib.suppress(OSError):  # the kernel may have done it, or have ended
        os.setpgid(kernel, kernel)
    for descriptor in descriptors:
        os.close(descriptor)
    threading.Thread(target=_hand_on, args=(lines, kernel), daemon=True).start()
    code = os.waitstatus_to_exitcode(os.waitpid(kernel, 0)[1])
    with contextlib.suppress(OSError):
        client.sendall(str(code).encode())
    os._exit(0)


def _hand_on(signals: BinaryIO, kernel: int) -> None:
    """Sends the kernel, and what it started, the client's signals; SIGKILL when that has ended."""
    with contextlib.suppress(ProcessLookupError, ConnectionError):
        while number := signals.read(1):
            os.killpg(kernel, number[0])
    with contextlib.suppress(ProcessLookupError):
        os.killpg(kernel, signal.SIGKILL)


def _run(
    arguments: list[str], environment: dict[str, str], folder: str, descriptors: list[int]
) -> None:
    """Becomes what `python -m ipykernel_launcher` would be in the client's place."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    # What Python and the libraries have read of the environment already, or drawn from chance.
    sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    time.tzset()
    os.environ.setdefault("MPLBACKEND", INLINE)
    import matplotlib
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    matplotlib.rcParams["backend"] = os.environ["MPLBACKEND"]
    np.random.seed()
    sys.argv = ["ipykernel_launcher", *arguments, f"--IPKernelApp.parent_handle={os.getppid()}"]
    IPKernelApp.launch_instance()


if __name__ == "__main__":
    del sys.path[0]  # this folder, which is none of a kernel's
    main(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
