"""What axe-core finds wrong in a page; of a notebook in both themes, JupyterLab's own set aside.

A notebook is unfolded, and JupyterLab made as high as the notebook, before axe looks: it sees
neither what is folded nor the contrast of what is scrolled away. The window stays as it is, so
that nobody paints what only has to be measured. What axe shall leave out is taken out of the page
while it looks: told to leave it out, it measures it all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
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
        ".jp-InputPrompt, .jp-OutputPrompt, .jp-Toolbar *, .jp-RenderedMarkdown pre code span, "
        ".jp-Notebook-footer"
    ),
    "link-in-text-block": "a",
}

# axe, asked in a cheaper way: it says the same in half the time. Its colours keep each of their
# numbers in a WeakMap, and it makes a hundred of them a word; here a number stands in the colour
# itself. And it reads the same few colours again and again.
_AXE = f"""(() => {{
    class WeakMap {{
        #name = Symbol();
        set(of, value) {{ of[this.#name] = value; return this; }}
        get(of) {{ return of[this.#name]; }}
        has(of) {{ return this.#name in of; }}
        delete(of) {{ return delete of[this.#name]; }}
    }}
    class WeakSet extends WeakMap {{ add(of) {{ return this.set(of, true); }} }}
    {AXE_SCRIPT}
    const colour = axe.commons.color.Color.prototype, read = colour.parseString, known = {{}};
    colour.parseString = function (text) {{
        if (known[text]) return Object.assign(this, known[text]);
        read.call(this, text);
        known[text] = {{r: this.r, g: this.g, b: this.b, alpha: this.alpha}};
        return this;
    }};
}})()"""
# The rules of which axe found nodes to be wrong, each with its node; `theirs` are set aside.
_RUN = """([where, theirs, options]) => axe.run(
    where,
    {resultTypes: ['violations'], preload: false, ...options}  // no rule here reads style sheets
).then(found => found.violations.flatMap(rule => rule.nodes
    .filter(node => !document.querySelector(node.target[0]).matches(theirs[rule.id] ?? '.none'))
    .map(node => `${rule.id} (${rule.help}): ${node.html.slice(0, 200)}`)))"""
COLOURS = {"runOnly": ["color-contrast"]}


def look(
    page: Any,
    include: str = "html",
    exclude: str | None = None,
    theirs: dict[str, str] | None = None,
    *,
    colours_only: bool = False,
) -> list[str]:
    """What axe says of the part of the page within `include`, without the elements `exclude`.

    Of a rule not what `theirs` names.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    options = COLOURS if colours_only else {}
    with _without(page, exclude) if exclude else nullcontext():
        return page.evaluate(_RUN, [{"include": [[include]]}, theirs or {}, options])


def faults(notebook: lab.Notebook) -> list[str]:
    """What axe-core says about the part of the page that is not JupyterLab's, theme by theme.

    The theme that it begins with is looked at first, and it ends in the other.
    """
    page, found = notebook.page, []
    with _all_of_it(page), _without(page, EDITORS):
        first = page.evaluate("document.body.dataset.jpThemeName")
        for theme in sorted(THEMES, key=lambda theme: theme != first):
            if theme != first:
                _change_theme(page, theme)
            # Only colours differ between themes.
            faults = look(
                page, ".jp-NotebookPanel", theirs=JUPYTERLABS, colours_only=theme != first
            )
            found += [f"{theme}: {fault}" for fault in faults]
    return found


def _change_theme(page: Any, theme: str) -> None:
    page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
        ".then(() => null)",
        theme,
    )
    # The name changes before the colours have arrived, and a splash screen lies over the page.
    lab.wait_until(
        page,
        """([theme, ground]) => document.body.dataset.jpThemeName === theme &&
            !document.getElementById('jupyterlab-splash') &&
            getComputedStyle(document.querySelector('.jp-Notebook')).backgroundColor === ground""",
        [theme, THEMES[theme]],
    )


@contextmanager
def _all_of_it(page: Any) -> Iterator[None]:
    height = page.evaluate(_UNFOLD, True)
    lab.wait_until(page, f"height => {_PANE}.clientHeight >= height", height)
    try:
        yield
    finally:
        page.evaluate(_UNFOLD, False)
        lab.wait_until(page, f"{_PANE}.clientHeight < innerHeight")


@contextmanager
def _without(page: Any, css: str) -> Iterator[None]:
    """The page without these elements, which come back to their places after the block."""
    aside = page.evaluate_handle(
        """css => [...document.querySelectorAll(css)].map(element => {
            const place = document.createComment('');
            element.replaceWith(place);
            return [place, element];
        })""",
        css,
    )
    try:
        yield
    finally:
        aside.evaluate("all => all.forEach(([place, element]) => place.replaceWith(element))")
        aside.dispose()


def controls(cell: Any) -> list[str]:
    """The names of a cell's controls in the order of the page, as a screen reader says them."""
    lab.unfold(cell)
    return cell.locator(_CONTROLS).evaluate_all(f"found => found.map({_NAME})")


def tabbed(notebook: lab.Notebook, cell: Any) -> list[str]:
    """The names of the controls that Tab reaches in a cell, from its first on."""
    cell.locator(_CONTROLS).first.focus()
    element, names = cell.element_handle(), []
    # The name of the control in focus, "" where it is no control, null beyond the cell.
    at = f"""cell => {{
        const here = document.activeElement;
        return !cell.contains(here) ? null : here.matches({_CONTROLS!r}) ? ({_NAME})(here) : '';
    }}"""
    while (name := element.evaluate(at)) is not None:
        if name:
            names.append(name)
        notebook.page.keyboard.press("Tab")
    return names


_PANE = "document.querySelector('.jp-NotebookPanel-notebook .jp-WindowedPanel-outer')"
# JupyterLab is as high as what the body is positioned in. Its body has no height and hides what
# flows over, so that axe would take all text for hidden.
_UNFOLD = f"""open => {{
    document.querySelectorAll('.jp-Notebook details').forEach(fold => {{ fold.open = open; }});
    const height = {_PANE}.scrollHeight;
    document.body.style.position = open ? 'relative' : '';
    document.body.style.height = open ? `${{height + 500}}px` : '';
    window.dispatchEvent(new Event('resize'));
    return height;
}}"""
_CONTROLS = ".jp-OutputArea :is(input, select, textarea, button)"
_NAME = """control => (control.labels?.[0] ?? control).innerText || control.ariaLabel ||
    control.title || 'no name'"""
