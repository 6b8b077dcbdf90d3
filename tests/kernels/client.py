"""What Jupyter starts in place of a kernel: python -IS client.py SOCKET -f CONNECTION_FILE

Asks the server (server.py) for a kernel with this process's arguments, environment, folder and
descriptors, and then stands for it: a signal reaches the kernel, each ends with the other, and the
kernel's exit code becomes this process's own.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

HANDED_ON = (signal.SIGINT, signal.SIGTERM)


def main(address: str, arguments: list[str]) -> int:
    """The kernel's exit code; 1 when whoever started this process has ended, or the server."""
    parent = os.getppid()
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(address)
        socket.send_fds(server, [b" "], [0, 1, 2])
        request = json.dumps([arguments, dict(os.environ), os.getcwd()])
        server.sendall(request.encode() + b"\n")
        for number in HANDED_ON:
            signal.signal(number, lambda number, frame: server.sendall(bytes([number])))
        server.settimeout(1)
        while os.getppid() == parent:
            try:
                code = int(server.recv(8) or 1)
            except TimeoutError:
                continue
            if code < 0:
                for number in HANDED_ON:
                    signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), -code)
            return code
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
