"""Texts as weighted words (TF-IDF): the cheapest way to say which texts are alike.

No unit: vectors have length 1, so their product is a similarity from 0 to 1. Lesson 6 chooses
passages with it, lesson 7 shows when it mistakes one question for another.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_WORD = re.compile(r"[a-z0-9]+")


def normal(text: str) -> str:
    """A text without case and punctuation: "Where's my card?" is "where s my card"."""
    return " ".join(_words(text))


def _words(text: str) -> list[str]:
    if not isinstance(text, str):
        raise TypeError(f"{text!r} is no text: give each text as a str")
    return _WORD.findall(text.casefold())


class TfIdf:
    """Texts as weighted words: a word counts the more, the fewer of the known texts have it.

    The weight of a word is its count in the text times 1 + ln((1 + texts) / (1 + texts with it));
    vectors are scaled to length 1 (a text of unknown words only stays at 0). This is the common
    smoothed form.
    """

    def __init__(self, known: Sequence[str]) -> None:
        words = Counter(word for text in known for word in set(_words(text)))
        self.column = {word: i for i, word in enumerate(sorted(words))}
        counts = np.array([words[word] for word in self.column])
        self.weight = 1 + np.log((1 + len(known)) / (1 + counts))

    def vectors(self, texts: Sequence[str]) -> WordVectors:
        """A row for each text."""
        found = [_words(text) for text in texts]
        of_row = np.repeat(np.arange(len(found)), [len(words) for words in found])
        places = [self.column.get(word, -1) for words in found for word in words]
        column = np.array(places, dtype=np.int64)
        known = column >= 0
        # Row and column in one number, so that they come by row and then by column.
        width = max(1, len(self.column))
        keys, count = np.unique(of_row[known] * width + column[known], return_counts=True)
        row, word = np.divmod(keys, width)
        weight = count * self.weight[word]
        length = np.sqrt(np.bincount(row, weight**2, minlength=len(found)))
        first = np.searchsorted(row, np.arange(len(found) + 1))
        return WordVectors(first, word, weight / length[row], len(self.column))


@dataclass(frozen=True, eq=False)
class WordVectors:
    """Vectors that are 0 in nearly every place: row i has the entries `first[i]` to `first[i + 1]`.

    An entry is the place of a word and its weight. A text has a dozen of some thousand words, so
    this takes a hundredth of the memory of an array, and less time to compare. `numpy.asarray`
    makes an array of it, in float32.
    """

    first: np.ndarray
    word: np.ndarray
    weight: np.ndarray
    words: int

    def __len__(self) -> int:
        return len(self.first) - 1

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and places of a row."""
        return len(self), self.words

    def __getitem__(self, rows: slice) -> WordVectors:
        start, stop, _ = rows.indices(len(self))
        first = self.first[start : stop + 1]
        entries = slice(first[0], first[-1])
        return WordVectors(first - first[0], self.word[entries], self.weight[entries], self.words)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        dense = np.zeros(self.shape, dtype=dtype or np.float32)
        dense[np.repeat(np.arange(len(self)), np.diff(self.first)), self.word] = self.weight
        return dense

    @property
    def T(self) -> Postings:
        """The same by word, as a search engine keeps it."""
        order = np.argsort(self.word, kind="stable")
        text = np.repeat(np.arange(len(self)), np.diff(self.first))[order]
        first = np.searchsorted(self.word[order], np.arange(self.words + 1))
        return Postings(first, text, self.weight[order], len(self))

    def __matmul__(self, known: Postings) -> np.ndarray:
        """The cosines of each row (down) and each known text, summed in float64, in float32."""
        found = np.empty((len(self), known.texts), dtype=np.float32)
        for row in range(len(self)):
            cosines = np.zeros(known.texts)
            for entry in range(self.first[row], self.first[row + 1]):
                place = self.word[entry]
                having = slice(known.first[place], known.first[place + 1])
                cosines[known.text[having]] += self.weight[entry] * known.weight[having]
            found[row] = cosines
        return found


@dataclass(frozen=True, eq=False)
class Postings:
    """For each word, from `first[word]` to `first[word + 1]`, the texts that have it, and weights.

    `texts` says how many texts there are.
    """

    first: np.ndarray
    text: np.ndarray
    weight: np.ndarray
    texts: int
