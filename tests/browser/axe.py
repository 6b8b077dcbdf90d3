"""What axe-core finds wrong in a notebook, in both themes, JupyterLab's own faults set aside.

Everything folded is unfolded and the page made as high as the notebook first, because axe sees
neither what is folded nor the contrast of what is scrolled away. And the page's body gets a height:
JupyterLab's has none and hides what flows over, so axe takes all text for hidden and measures no
contrast at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import lab
from axe_playwright_python.base import AXE_SCRIPT

THEMES = {"JupyterLab Dark": "rgb(17, 17, 17)", "JupyterLab Light": "rgb(255, 255, 255)"}
# JupyterLab's own: its code editors and the buttons that fold a section have no name, its prompts
# and the comments in code that it colours are faint, it does not underline links, and a toolbar
# button and the list of cells have attributes and children that their roles do not allow.
EDITORS = ".cm-editor"
JUPYTERLABS = {
    "aria-allowed-attr": ".jp-DebuggerBugButton",
    "aria-required-children": ".jp-WindowedPanel-viewport",
    "button-name": ".jp-collapseHeadingButton",
    "color-contrast": (
        ".jp-InputPrompt, .jp-OutputPrompt, .jp-Toolbar *, .jp-RenderedMarkdown pre code span"
    ),
    "link-in-text-block": "a",
}
_RUN = """([editors, theirs, options]) => axe.run(
    {include: [['.jp-NotebookPanel']], exclude: [[editors]]},
    {resultTypes: ['violations'], preload: false, ...options}  // no rule here reads style sheets
).then(found => found.violations.flatMap(rule => rule.nodes
    .filter(node => !document.querySelector(node.target[0]).matches(theirs[rule.id] ?? '.none'))
    .map(node => `${rule.id} (${rule.help}): ${node.html.slice(0, 200)}`)))"""


def faults(notebook: lab.Notebook) -> list[str]:
    """What axe-core says about the part of the page that is not JupyterLab's, theme by theme."""
    page = notebook.page
    with _all_of_it(notebook):
        page.evaluate(AXE_SCRIPT)
        found = []
        for theme in THEMES:  # the tests begin in the light one, and it ends in that
            _change_theme(page, theme)
            # Only colours differ between themes.
            options = {"runOnly": ["color-contrast"]} if theme == "JupyterLab Dark" else {}
            faults = page.evaluate(_RUN, [EDITORS, JUPYTERLABS, options])
            found += [f"{theme}: {fault}" for fault in faults]
        return found


def _change_theme(page: Any, theme: str) -> None:
    page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
        ".then(() => null)",
        theme,
    )
    # The name changes before the colours have arrived, and a splash screen lies over the page.
    page.wait_for_function(
        """([theme, ground]) => document.body.dataset.jpThemeName === theme &&
            !document.getElementById('jupyterlab-splash') &&
            getComputedStyle(document.querySelector('.jp-Notebook')).backgroundColor === ground""",
        arg=[theme, THEMES[theme]],
    )


@contextmanager
def _all_of_it(notebook: lab.Notebook) -> Iterator[None]:
    page, before = notebook.page, notebook.page.viewport_size
    page.evaluate(_UNFOLD, True)
    height = page.locator(".jp-NotebookPanel-notebook .jp-WindowedPanel-outer").evaluate(
        "pane => pane.scrollHeight"
    )
    page.set_viewport_size({"width": before["width"], "height": height + 500})
    page.wait_for_function(
        """height => document.querySelector('.jp-NotebookPanel-notebook .jp-WindowedPanel-outer')
            .clientHeight >= height""",
        arg=height,
    )
    try:
        yield
    finally:
        page.evaluate(_UNFOLD, False)
        page.set_viewport_size(before)


def controls(cell: Any) -> list[str]:
    """The names of a cell's controls in the order of the page, as a screen reader says them."""
    lab.unfold(cell)
    return cell.locator(_CONTROLS).evaluate_all(f"found => found.map({_NAME})")


def tabbed(notebook: lab.Notebook, cell: Any) -> list[str]:
    """The names of the controls that Tab reaches in a cell, from its first on."""
    cell.locator(_CONTROLS).first.focus()
    names = []
    while cell.evaluate("cell => cell.contains(document.activeElement)"):
        if name := notebook.page.evaluate(
            f"""() => document.activeElement.matches({_CONTROLS!r})
                ? ({_NAME})(document.activeElement) : null"""
        ):
            names.append(name)
        notebook.page.keyboard.press("Tab")
    return names


# The code editors go out of sight: axe is told to leave them out, and looks at them all the same.
_UNFOLD = """open => {
    document.querySelectorAll('.jp-Notebook details').forEach(fold => { fold.open = open; });
    const shown = open ? 'none' : '';
    document.querySelectorAll('.cm-editor').forEach(it => { it.style.display = shown; });
    document.body.style.height = open ? '100vh' : '';
}"""
_CONTROLS = ".jp-OutputArea :is(input, select, textarea, button)"
_NAME = """control => (control.labels?.[0] ?? control).innerText || control.ariaLabel ||
    control.title || 'no name'"""
