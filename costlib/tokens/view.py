"""Text cut into its tokens, to look at: one box a token. Lesson 2 opens with it.

Units: tokens of a public encoding. Boxes have borders and every second one is shaded, so that
nobody needs to see colours; the plain text has a bar between tokens.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass

from costlib.display.tables import Shown, escape
from costlib.tokens.encodings import load_encoding

# Dark ink on both grounds is above 12:1, in a light and in a dark theme.
_GROUNDS = ("#d6e8f7", "#fff3d6")
_BOX = "border:1px solid #7a8794;border-radius:3px;color:#1a1a1a;padding:1px 0"


def split_tokens(text: str, encoding: str = "o200k_base") -> list[tuple[str, int]]:
    """The pieces of a text and how many tokens each is: 1, or more where a token ends in the
    middle of a character, which then cannot be shown apart."""
    coder = load_encoding(encoding)
    pieces: list[tuple[str, int]] = []
    waiting, count = b"", 0
    for token in coder.encode_ordinary(text):
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
        return "".join(self._paragraph(name, text) for name, text in self.texts.items())

    def _paragraph(self, name: str, text: str) -> str:
        pieces = split_tokens(text, self.encoding)
        boxes = "".join(
            f'<span style="{_BOX};background:{_GROUNDS[i % 2]}">{_shown(piece, count)}</span><wbr>'
            for i, (piece, count) in enumerate(pieces)
        )
        head = f"{name}: {_size(text, pieces)}"
        return (
            f'<p style="margin:0.6em 0 0.1em;font-weight:bold">{escape(head)}</p>'
            f'<div role="group" aria-label="{html.escape(head)}" style="font-family:monospace;'
            f'line-height:1.9;white-space:pre-wrap;overflow-wrap:anywhere">{boxes}</div>'
        )

    def __str__(self) -> str:
        lines = []
        for name, text in self.texts.items():
            pieces = split_tokens(text, self.encoding)
            lines.append(f"{name}: {_size(text, pieces)}")
            lines.append("|".join(piece.replace("\n", "⏎") for piece, _ in pieces))
        return "\n".join(lines)


def _size(text: str, pieces: list[tuple[str, int]]) -> str:
    return f"{len(text)} characters, {sum(count for _, count in pieces)} tokens"


def _shown(piece: str, count: int) -> str:
    text = escape(piece.replace("\n", "⏎\n"))
    return text if count == 1 else f"{text}<sub>{count}</sub>"


def show_tokens(texts: Mapping[str, str], encoding: str = "o200k_base") -> TokenView:
    """Show texts by name, cut into tokens of a public encoding ("o200k_base" or "cl100k_base").

    A small number in a box says that the character in it takes so many tokens.
    """
    return TokenView(texts, encoding)
