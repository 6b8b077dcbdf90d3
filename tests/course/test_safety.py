"""No key reaches a notebook: every output of a real kernel that has keys, in both modes.

test_provider_live.py has what a live client sends and hides; test_grade.py what a check keeps from
the notebook that it runs.
"""

from __future__ import annotations

import socket
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from costlib.paths import ROOT
from tests.kernels.plugin import offered

KEYS = {
    "OPENAI_API_KEY": "sk-proj-a1b2c3d4e5f6g7h8i9",
    "OPENAI_ADMIN_KEY": "sk-admin-j1k2l3m4n5o6p7q8",
    "OPENAI_WEBHOOK_SECRET": "whsec_r1s2t3u4v5w6x7y8z9",
    "ANTHROPIC_API_KEY": "sk-ant-api03-z9y8x7w6v5u4t3",
    "ANTHROPIC_AUTH_TOKEN": "token-s2r1q0p9o8n7m6l5k4",
}
# Every way in which a notebook shows things: values, their insides, logs, warnings, tracebacks.
SHOW = """\
import asyncio, logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, force=True)
%xmode Verbose
from costlib import connect, connect_async, provider_of
from costlib.tracking.ledger import Ledger
from costlib.tracking import track

ledger = Ledger("sqlite:///calls.sqlite")
openai, anthropic = connect("openai"), connect("anthropic")
tracked = track(openai, ledger, user="u1")
for client in (openai, anthropic, tracked, connect_async("openai"), connect_async("anthropic")):
    print(repr(client), str(client), vars(client), client.default_headers, client.auth_headers)
    print(repr(client._client), vars(client._client), repr(client._client._transport))
"""
CALLS = """\
Q = [{"role": "user", "content": "Where is my card?"}]
for call in (
    lambda: tracked.chat.completions.create(model="gpt-4.1", messages=Q, max_tokens=50),
    lambda: openai.chat.completions.create(model="no-such-model", messages=Q),
    lambda: anthropic.messages.create(model="claude-sonnet-5-5", max_tokens=50, messages=Q),
    lambda: anthropic.messages.create(model="no-such-model", max_tokens=50, messages=Q),
):
    try:
        print(call())
    except Exception as error:
        print(repr(error), vars(error), error.__cause__)
"""
PROVIDER = """\
provider = provider_of(openai)
print(repr(provider), vars(provider), list(provider.log))
ledger.frame()
"""


def run(folder: Path, environment: dict[str, str], *sources: str) -> str:
    """All that the cells show, and every byte of what they left in the folder."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(
        notebook, allow_errors=True, timeout=60, resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env={"PATH": "", "PYTHONPATH": str(ROOT), "HOME": str(folder), **environment})
    left = (path.read_bytes() for path in folder.rglob("*") if path.is_file())
    return nbformat.writes(notebook) + b"".join(left).decode("utf-8", "replace")


@pytest.fixture
def closed_port() -> str:
    """An address of this machine on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def leaked(shown: str) -> list[str]:
    """The keys of which a telling part is in a text."""
    return [name for name, key in KEYS.items() if key in shown or key[8:18] in shown]


def test_offline_nothing_that_a_notebook_shows_or_writes_holds_a_key(tmp_path: Path) -> None:
    shown = run(tmp_path, KEYS, SHOW, CALLS, PROVIDER)
    assert "no-such-model" in shown and "SQLite format 3" in shown and "DEBUG" in shown
    assert leaked(shown) == []


def test_live_a_call_that_fails_shows_no_key_in_a_verbose_traceback(
    tmp_path: Path, closed_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """%xmode Verbose prints the local variables of every frame, those of the SDKs too.

    The kernel is forked from one that has imported the SDKs, where tests/kernels offers that.
    """
    monkeypatch.setenv("JUPYTER_PATH", offered())
    live = {
        "COSTLIB_PROVIDER": "live",
        "OPENAI_BASE_URL": closed_port,
        "ANTHROPIC_BASE_URL": closed_port,
    }
    live_show = SHOW.replace('track(openai, ledger, user="u1")', "openai")
    fail = """\
client = openai.with_options(max_retries=0)
client.responses.create(model="gpt-5-mini", input="Hello", max_output_tokens=50)
"""
    fail_too = """\
client, messages = anthropic.with_options(max_retries=0), [{"role": "user", "content": "Hello"}]
client.messages.create(model="claude-sonnet-5-5", max_tokens=50, messages=messages)
"""
    shown = run(tmp_path, {**KEYS, **live}, live_show, fail, fail_too)
    assert shown.count("APIConnectionError") >= 2 and "handle_request" in shown
    assert leaked(shown) == []


def test_the_guard_sees_a_key(tmp_path: Path) -> None:
    shown = run(tmp_path, KEYS, 'import os\nprint(os.environ["ANTHROPIC_API_KEY"][4:20])')
    assert leaked(shown) == ["ANTHROPIC_API_KEY"]
