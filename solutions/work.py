"""What a learner takes to work: the snippets of solutions/work/, and the page that collects them.

A snippet is a file that one can paste and run with the real SDKs: its name begins with its lesson's
number (`5_budget_around_a_client.py`), the first line of its docstring is its title, the rest says
when one needs it, and the code below is what is pasted. `{{work:5_budget_around_a_client}}` in a
markdown cell of a lesson shows it. tests/course/test_work.py runs each on the offline provider.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from solutions.prose import ProseError

WORK = re.compile(r"\{\{work:([^}\s]*)\}\}")


@dataclass(frozen=True)
class Snippet:
    """A piece of code to paste: its file's name, lesson, title, when one needs it, and the code."""

    name: str
    lesson: int
    title: str
    when: str
    code: str

    @property
    def body(self) -> str:
        """When one needs it, and the code to paste."""
        return f"{self.when}\n\n```python\n{self.code}\n```"

    @property
    def markdown(self) -> str:
        """The title, and the rest."""
        return f"**{self.title}.** {self.body}"


def snippet(path: Path) -> Snippet:
    """Read a snippet. Raises ProseError, the end of a sentence, for one without a docstring."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    said = ast.get_docstring(tree)
    if not said or not path.stem[0].isdigit():
        raise ProseError(
            f"shows {path.name!r}, whose name must begin with its lesson's number, and which needs "
            "a docstring: its title, and when one needs it"
        )
    title, _, when = said.partition("\n")
    code = "\n".join(text.splitlines()[tree.body[0].end_lineno :]).strip()
    return Snippet(path.stem, int(path.stem[0]), title.rstrip("."), " ".join(when.split()), code)


def snippets(folder: Path) -> list[Snippet]:
    """All snippets, in the order of their lessons."""
    return [snippet(path) for path in sorted(folder.glob("*.py"))]


def with_snippets(markdown: str, folder: Path) -> str:
    """The text with each `{{work:NAME}}` in its place. Raises ProseError for one that is
    not there."""

    def shown(found: re.Match[str]) -> str:
        path = folder / f"{found[1]}.py"
        if not path.exists():
            raise ProseError(f"shows {found[0]}, and there is no {folder.name}/{path.name}")
        return snippet(path).markdown

    return WORK.sub(shown, markdown)
