"""The public encodings, built from the files that ship: what a text is in tokens of one of them.

Units: tokens of `o200k_base` or `cl100k_base`. The sha256 of each file in `data/tokenizers/` is
checked here, and nothing is ever downloaded. Lesson 2 looks at the tokens themselves.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from binascii import a2b_base64
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from costlib.paths import data_path

if TYPE_CHECKING:
    from tiktoken import Encoding


def encoded_length(text: str, encoding: str) -> int:
    """The tokens of a text in a public encoding; `<|endoftext|>` in it counts as plain text.

    Remembered for the last few thousand texts, because a conversation sends its beginning again
    and again. Raises LookupError and ValueError like `encoded`, and TypeError for what is no text.
    """
    if not isinstance(text, str):
        raise TypeError(f"a {type(text).__name__} has no tokens: give the text itself, as a str")
    return _length(_Digest(text), encoding)


# tiktoken's expressions go back over blanks one by one, and their stack ends before a million: 0.14
# panics there, which no `except Exception` catches.
MOST_BLANKS = 500_000
_BLANKS = re.compile(r"\s+")


class TooManyBlanks(ValueError):
    """A text that tiktoken cannot split."""


def encoded(text: str, encoding: str) -> list[int]:
    """A text as the tokens of a public encoding.

    Raises LookupError like `load_encoding`, and TooManyBlanks for more than MOST_BLANKS in a row.
    """
    if len(text) > MOST_BLANKS:
        longest = max((len(found[0]) for found in _BLANKS.finditer(text)), default=0)
        if longest > MOST_BLANKS:
            raise TooManyBlanks(
                f"the text has {longest:,} blanks in a row, and the tokenizer can split at most "
                f"{MOST_BLANKS:,}: shorten them"
            )
    return load_encoding(encoding).encode_ordinary(text)


class _Digest:
    """A text as the key of a cache that must not keep whole texts: known by its digest alone."""

    __slots__ = ("digest", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        # Processors have instructions for SHA-256: a handbook takes a quarter of BLAKE2's time.
        self.digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Digest) and self.digest == other.digest


@lru_cache(maxsize=4_096)
def _length(key: _Digest, encoding: str) -> int:
    text, key.text = key.text, ""  # the key stays in the cache, the text does not
    return len(encoded(text, encoding))


@cache
def load_encoding(name: str) -> Encoding:
    """The tiktoken encoding `o200k_base` or `cl100k_base`, from the files that ship.

    Raises LookupError for another name, ValueError when a file is damaged.
    """
    # tiktoken.get_encoding is not used: it downloads, and a damaged cache makes it download again.
    import tiktoken

    known = json.loads(data_path("tokenizers/encodings.json").read_text("utf-8"))["encodings"]
    if name not in known:
        raise LookupError(f"encoding {name!r} does not ship: choose {' or '.join(known)}")
    path = data_path(f"tokenizers/{name}.tiktoken.gz")
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error):
        content = b""
    if hashlib.sha256(content).hexdigest() != known[name]["sha256"]:
        raise ValueError(
            f"data/tokenizers/{path.name} is damaged (its sha256 is not the published one): "
            f"restore it with `git checkout data/tokenizers/{path.name}`"
        )
    fields = iter(content.split())  # a token in base64, its rank, the next token, ...
    ranks = dict(zip(map(a2b_base64, fields), map(int, fields), strict=True))
    encoding = tiktoken.Encoding(
        name,
        pat_str=known[name]["pattern"],
        mergeable_ranks=ranks,
        special_tokens=known[name]["special_tokens"],
    )
    # tiktoken's core has copied them, and Python's dictionary of 200,000 tokens takes 25 MB.
    ranks.clear()
    return encoding
