"""A webhook that listens on this machine: what an alert is sent to in a lesson and in the tests.

It really listens, on the loopback address and a port that the system chooses, in a thread of this
process; nothing leaves the machine. Lesson 4 uses it in place of Slack or a pager.

    with Webhook() as hook:
        Messenger(ledger, hook.address).send(alert)
        hook.messages  # what arrived and was accepted, in order
"""

from __future__ import annotations

import json
import os
import threading
from collections import deque
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from costlib.display.tables import Table, table

_NO_PROXY = ("no_proxy", "NO_PROXY")


class Webhook:
    """A receiver of JSON messages. `statuses` are answered first, one a message; then 200.

    `requests` has every message with the status that it got, `messages` those that were accepted.
    While it listens, this process sends requests to the loopback address past any proxy.
    """

    def __init__(self, statuses: Iterable[int] = ()) -> None:
        self.requests: list[tuple[int, dict[str, Any]]] = []
        self._statuses, self._lock = deque(statuses), threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                self.send_response(receiver._take(body))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Say nothing: a notebook's output must not depend on a port."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._before = {name: os.environ.get(name) for name in _NO_PROXY}
        for name, value in self._before.items():
            os.environ[name] = ",".join(filter(None, (value, "127.0.0.1")))
        self._thread.start()

    @property
    def address(self) -> str:
        """Its address for Apprise."""
        return f"json://127.0.0.1:{self._server.server_port}/alerts"

    @property
    def messages(self) -> list[dict[str, Any]]:
        """What was accepted: `title`, `message`, `type` and what else Apprise sends."""
        with self._lock:
            return [message for status, message in self.requests if status == 200]

    def table(self) -> Table:
        """Everything that arrived, with the answer that it got."""
        with self._lock:
            rows = [
                {"title": each["title"], "message": each["message"], "answered": status}
                for status, each in self.requests
            ]
        return table(rows or [{"title": None, "message": None, "answered": None}])

    def _take(self, body: bytes) -> int:
        try:
            message = json.loads(body)
        except ValueError:
            return 400
        with self._lock:
            status = self._statuses.popleft() if self._statuses else 200
            self.requests.append((status, message))
        return status

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    def __enter__(self) -> Webhook:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
