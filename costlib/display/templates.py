"""HTML and SVG from templates that lie beside the code: every value is escaped.

`{{ value }}` is escaped, which is right in an attribute; `{{ value | words }}` is text on a page,
where a dollar sign also needs a tag of its own (see `escape`). `| safe` marks what is HTML already.
Jinja2 loads with the first page. Lessons see what it makes in every table.
"""

from __future__ import annotations

import html
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

_PACKAGE = Path(__file__).parents[1]


def escape(text: str) -> str:
    """Text as HTML in which a notebook page leaves dollars alone.

    Notebook pages read what stands between two dollar signs as a formula, but no further than the
    next tag: so each dollar sign gets a tag of its own.
    """
    return html.escape(text).replace("$", "<span>$</span>")


def render(template: str, **values: object) -> str:
    """A template of the package, such as "display/table.html", filled with values.

    Raises jinja2's UndefinedError when the template names a value that is not given.
    """
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["words"] = lambda value: Markup(escape(str(value)))
    return environment
