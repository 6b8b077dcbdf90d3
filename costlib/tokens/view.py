"""Text cut into its tokens, to look at: one box a token. Lesson 2 opens with it.

Units: tokens of a public encoding. Boxes have borders and every second one is shaded, so that
nobody needs to see colours; the plain text has a bar between tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from costlib.display.amounts import counted
from costlib.display.tables import Shown
from costlib.display.templates import render
from costlib.tokens.encodings import encoded, load_encoding


def split_tokens(text: str, encoding: str = "o200k_base") -> list[tuple[str, int]]:
    """The pieces of a text and how many tokens each is: 1, or more where a token ends in the
    middle of a character, which then cannot be shown apart."""
    coder = load_encoding(encoding)
    pieces: list[tuple[str, int]] = []
    waiting, count = b"", 0
    for token in encoded(text, encoding):
        waiting, count = waiting + coder.decode_single_token_bytes(token), count + 1
        try:
            pieces.append((waiting.decode("utf-8"), count))
        except UnicodeDecodeError:
            continue  # the rest of the character is in the next token
        waiting, count = b"", 0
    return pieces


@dataclass(frozen=True)
class TokenView(Shown):
    """Texts by name, each cut into its tokens."""

    texts: Mapping[str, str]
    encoding: str = "o200k_base"

    def html(self) -> str:
        """A paragraph a text: its name, its number of tokens, its boxes."""
        return render("tokens/view.html", texts=[self._boxes(*text) for text in self.texts.items()])

    def _boxes(self, name: str, text: str) -> tuple[str, list[tuple[str, int]]]:
        pieces = split_tokens(text, self.encoding)
        shown = [(piece.replace("\n", "⏎\n"), count) for piece, count in pieces]
        return f"{name}: {_size(text, pieces)}", shown

    def __str__(self) -> str:
        lines = []
        for name, text in self.texts.items():
            pieces = split_tokens(text, self.encoding)
            lines.append(f"{name}: {_size(text, pieces)}")
            lines.append("|".join(piece.replace("\n", "⏎") for piece, _ in pieces))
        return "\n".join(lines)


def _size(text: str, pieces: list[tuple[str, int]]) -> str:
    return f"{counted(len(text), 'character')}, {counted(sum(n for _, n in pieces), 'token')}"


def show_tokens(texts: Mapping[str, str], encoding: str = "o200k_base") -> TokenView:
    """Show texts by name, cut into tokens of a public encoding ("o200k_base" or "cl100k_base").

    A small number in a box is the number of tokens that its character takes.
    """
    return TokenView(texts, encoding)
