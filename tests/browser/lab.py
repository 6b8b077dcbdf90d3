"""A JupyterLab server on loopback, and one of its notebooks in headless Chromium.

Used by the browser tests and by look.py. Cells and controls are driven as a learner drives them,
by mouse and keyboard; JupyterLab's own objects are asked what a learner sees by eye: which cell
is which, and whether something still runs.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from costlib.course.doctor import find_chromium
from tests.kernels.plugin import offered

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "browser-test"
# No pop-up about news, and every cell in the page, whether scrolled into view or not.
_SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/themes": {"theme": "JupyterLab Light"},
}
# Nobody asks whether JupyterLab is to be built anew, for which its server starts Node twice.
_PAGE = {"buildCheck": False, "buildAvailable": False}


@contextmanager
def serve(folder: Path, state: Path, *, dark: bool = False) -> Iterator[str]:
    """Serve `folder` with JupyterLab, its settings and logs in `state`; gives the server's URL.

    RuntimeError with the end of the server's log when it does not answer within a minute.
    """
    settings = {**_SETTINGS}
    if dark:
        settings["@jupyterlab/apputils-extension/themes"] = {"theme": "JupyterLab Dark"}
    for name, value in settings.items():
        path = state / "settings" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
    page_config = state / "config" / "labconfig" / "page_config.json"
    page_config.parent.mkdir(parents=True)
    page_config.write_text(json.dumps(_PAGE))
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "IPYTHONDIR": str(state / "ipython"),
        # Kernels forked from one that has imported the libraries, where tests/kernels offers them.
        "JUPYTER_PATH": offered(),
        "JUPYTER_CONFIG_DIR": str(state / "config"),
        "JUPYTER_DATA_DIR": str(state / "data"),
        "JUPYTER_RUNTIME_DIR": str(state / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(state / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(state / "workspaces"),
    }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--expose-app-in-browser"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    command += [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder}",
        f"--IdentityProvider.token={TOKEN}",
        "--LabApp.extension_manager=readonly",
        "--LanguageServerManager.autodetect=False",  # it would ask npm; there is none for notebooks
    ]
    log = state / "server.log"
    with log.open("wb") as out:
        server = subprocess.Popen(command, env=env, stdout=out, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, server, log)
        yield url
    finally:
        server.terminate()  # the server ends its kernels itself
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/api/status?token={TOKEN}", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    tail = log.read_text(errors="replace")[-1500:]
    raise RuntimeError(f"JupyterLab did not answer at {url}. Its log ends:\n{tail}")


_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # there is no other host
    # No page is open long enough for its scripts to be optimised, but for what runs most; and no
    # garbage is looked for before it is worth it.
    "--js-flags=--no-opt --invocation-count-for-maglev=2000 --initial-heap-size=256",
]


@contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium, ended with the block; RuntimeError when there is none."""
    from playwright.sync_api import sync_playwright

    path = find_chromium()
    if path is None:
        raise RuntimeError("There is no Chromium on this machine: install the package `chromium`.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()


# The notebook in front, as JupyterLab holds it.
_PANEL = "window.jupyterapp.shell.currentWidget"


# Nothing fades, turns or blinks: a colour is what it will be, and no frame is drawn for a cursor.
_STILL = """{
    const still = new CSSStyleSheet();
    still.replaceSync(`*, *::before, *::after {
        transition: none !important; animation: none !important;
        caret-color: transparent !important;
    }`);
    document.adoptedStyleSheets.push(still);
}"""


def wait_until(page: Any, condition: str, arg: Any = None, seconds: float = 60) -> None:
    """Wait until this JavaScript says so, or until the function that it is does of `arg`.

    It is asked 20 times a second. Playwright asks at each frame, and so has 60 frames a second
    made, which cost more than what is waited for.
    """
    page.wait_for_function(condition, arg=arg, timeout=seconds * 1000, polling=50)


@dataclass
class Notebook:
    """A notebook open in a browser page.

    `number` is its lesson's (0 for another notebook); `outside` collects what it asked of other
    hosts.
    """

    page: Any
    url: str
    number: int
    outside: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, chromium: Any, url: str, name: str, *, width: int = 1280) -> Notebook:
        """Open `name` in a fresh page and workspace, the side bar closed, its kernel ready."""
        page = chromium.new_page(viewport={"width": width, "height": 1000})
        page.set_default_timeout(60_000)
        notebook = cls(page, url, _number(name))
        page.on("request", notebook._note)
        page.add_init_script(_STILL)
        page.goto(f"{url}/lab/tree/{name}?token={TOKEN}&reset")
        notebook._wait_for_kernel()
        page.evaluate("window.jupyterapp.shell.collapseLeft()")
        return notebook

    def turn_to(self, name: str) -> None:
        """Close what is open with its kernel, unsaved, and open `name` in the same page."""
        self.page.evaluate(
            """async name => {
                for (const before of [...window.jupyterapp.shell.widgets('main')]) {
                    await before.sessionContext?.shutdown();
                    before.dispose();
                }
                await window.jupyterapp.commands.execute('docmanager:open', {path: name});
            }""",
            name,
        )
        self.number = _number(name)
        self.outside.clear()
        self._wait_for_kernel()

    def _wait_for_kernel(self) -> None:
        self.page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        wait_until(self.page, f"{_PANEL}?.sessionContext?.session?.kernel?.status === 'idle'")

    def _note(self, request: Any) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.outside.append(request.url)

    def run_all(self, seconds: float = 120) -> None:
        """The command of Run > Run All Cells; waits for its end, which an error brings early."""
        self.page.evaluate(
            """([seconds]) => Promise.race([
                window.jupyterapp.commands.execute('runmenu:run-all'),
                new Promise((_, refuse) => setTimeout(
                    () => refuse(new Error(`Run All took more than ${seconds} s`)), seconds * 1000))
            ]).then(() => null)""",
            [seconds],
        )
        self._wait_until_idle(seconds)

    def _wait_until_idle(self, seconds: float) -> None:
        wait_until(
            self.page,
            f"""() => {_PANEL}.sessionContext.session.kernel.status === 'idle' &&
                {_PANEL}.content.widgets.every(cell => cell.model.executionState !== 'running')""",
            seconds=seconds,
        )

    def cell(self, source: str) -> Any:
        """The one cell whose source contains `source`; AssertionError when it is not one."""
        sources = self.page.evaluate(
            f"{_PANEL}.content.widgets.map(cell => cell.model.sharedModel.getSource())"
        )
        found = [i for i, text in enumerate(sources) if source in text]
        assert len(found) == 1, f"{source!r} is in {len(found)} cells; it must be in one."
        return self.page.locator(".jp-Notebook .jp-Cell").nth(found[0])

    def run_cell(self, cell: Any, source: str | None = None, seconds: float = 60) -> str:
        """Type `source` over a code cell (None leaves it), Control+Enter; gives what it shows.

        Shift+Enter would move to the next cell as well, which costs the page as much as the run.
        """
        cell.locator(".cm-content").click()
        if source is not None:
            self.page.keyboard.press("Control+A")
            self.page.keyboard.insert_text(source)
        before = cell.locator(".jp-InputPrompt").inner_text()
        self.page.keyboard.press("Control+Enter")
        # The prompt shows a star while the cell runs, and then a number it has not had before.
        wait_until(
            self.page,
            """([cell, before]) => {
                const now = cell.querySelector('.jp-InputPrompt').innerText;
                return /\\d/.test(now) && now !== before;
            }""",
            [cell.element_handle(), before],
            seconds,
        )
        self._wait_until_idle(seconds)
        return self.shown(cell)

    def calculators(self) -> list[Any]:
        """The cells that show a calculator."""
        return self.page.locator(".jp-Notebook .jp-Cell:has(.jupyter-widgets)").all()

    def fresh(self, source: str) -> Any:
        """The calculator's cell that contains `source`, run again: the calculator as it starts."""
        cell = self.cell(source)
        self.run_cell(cell)
        cell.get_by_role("status").wait_for()
        unfold(cell)
        return cell

    def verdicts(self, exercise: str, answer: str, *sources: str) -> list[str]:
        """What the check of an exercise says to each source typed into the cell with `answer`."""
        typed, check = self.cell(answer), self.cell(f'ex.check("{exercise}"')
        shown = []
        for source in sources:
            self.run_cell(typed, source)
            shown.append(self.run_cell(check))
        return shown

    def shown(self, cell: Any) -> str:
        """The text of a cell's output, as it stands on the page."""
        return "\n".join(cell.locator(".jp-OutputArea-output").all_inner_texts())

    def outputs(self) -> dict[str, list[dict[str, Any]]]:
        """The outputs of the code cells as a notebook file would keep them, by the cells' ids."""
        return self.page.evaluate(
            f"""Object.fromEntries({_PANEL}.content.widgets
                .filter(cell => cell.model.type === 'code')
                .map(cell => [cell.model.id, cell.model.outputs.toJSON()]))"""
        )

    def errors(self) -> list[str]:
        """Every exception and every line on stderr that the notebook's cells show."""
        return self.page.evaluate(
            f"""{_PANEL}.content.widgets.flatMap(cell => cell.model.type !== 'code' ? [] :
                cell.model.outputs.toJSON()
                    .filter(out => out.output_type === 'error' || out.name === 'stderr')
                    .map(out => out.ename ? `${{out.ename}}: ${{out.evalue}}` : `${{out.text}}`))"""
        )

    def too_wide(self) -> list[str]:
        """What reaches beyond its cell on the right and cannot be scrolled to.

        A table may scroll with its cell's output; words, pictures and controls may not need to. A
        piece of code within a line breaks at its spaces only: on a phone, 30 characters fit.
        """
        return self.page.evaluate(
            """() => {
                const scrolls = e => ['auto', 'scroll'].includes(getComputedStyle(e).overflowX);
                const within = (e, box) => {
                    const last = e.closest('table') ? box : null;
                    for (let up = e.parentElement; up; up = up.parentElement) {
                        if (up === box) return up === last && scrolls(up);
                        if (up.scrollWidth > up.clientWidth && scrolls(up)) return true;
                    }
                };
                const right = e => e.getBoundingClientRect().right;
                const parts = 'p, li, :not(pre) > code, img, table, input, select, div';
                return [...document.querySelectorAll('.jp-OutputArea-output, .jp-MarkdownOutput')]
                    .flatMap(box => [...box.querySelectorAll(parts)]
                        .filter(e => right(e) > right(box) + 1 && !within(e, box))
                        .map(e => `${e.tagName.toLowerCase()}: ${e.innerText.slice(0, 60)}`));
            }"""
        )

    def formulas(self) -> list[str]:
        """What the page typeset as a formula within a line; mostly two dollar amounts in prose.

        A formula that is meant stands on a line of its own, between double dollar signs.
        """
        found = self.page.locator('.jp-Notebook mjx-container:not([display="true"])').evaluate_all(
            "found => found.map(e => (e.closest('p, li, td, div') ?? e).innerText)"
        )
        return list(dict.fromkeys(" ".join(text.split())[:80] for text in found))

    def screenshots(self, folder: Path, name: str, *, height: int = 1600) -> list[Path]:
        """The whole notebook, top to bottom, as numbered pictures about `height` pixels high."""
        folder.mkdir(parents=True, exist_ok=True)
        width = self.page.viewport_size["width"]
        self.page.set_viewport_size({"width": width, "height": height})
        pane = self.page.locator(".jp-NotebookPanel-notebook .jp-WindowedPanel-outer")
        pane.evaluate("pane => { pane.scrollTop = 0; }")
        paths: list[Path] = []
        while True:
            paths.append(folder / f"{name}-{len(paths) + 1:02}.png")
            pane.screenshot(path=paths[-1], animations="disabled")
            # Two lines of overlap, so that nothing falls between two pictures.
            moved = pane.evaluate(
                """pane => { const before = pane.scrollTop;
                    pane.scrollTop += pane.clientHeight - 40;
                    return pane.scrollTop > before; }"""
            )
            if not moved:
                return paths


def _number(name: str) -> int:
    return int(name[:2]) if name[:2].isdecimal() else 0


def unfold(cell: Any) -> None:
    """Open every group of inputs that a calculator keeps folded."""
    cell.evaluate("c => c.querySelectorAll('.costlib-fold details').forEach(d => d.open = true)")


def says(calculator: Any, text: str, seconds: float = 10) -> None:
    """Wait until the calculator announces this, as an answer or as a problem."""
    said = calculator.get_by_role("status").or_(calculator.get_by_role("alert"))
    said.filter(has_text=text).wait_for(timeout=seconds * 1000)


def type_number(calculator: Any, label: str, value: str) -> None:
    """Type a number into a calculator's box, and leave the box."""
    box = calculator.get_by_role("textbox", name=label, exact=True)
    box.fill(value)
    box.press("Tab")


def choose(calculator: Any, label: str, name: str) -> None:
    """Choose the first option that begins with `name`."""
    box = calculator.get_by_role("combobox", name=label, exact=True)
    options = box.locator("option").all_inner_texts()
    box.select_option(label=next(text for text in options if text.split()[0] == name))
