"""Texts as weighted words (TF-IDF): the cheapest way to say which texts are alike.

No unit: vectors have length 1, so their product is a similarity from 0 to 1. Lesson 6 chooses
passages with it, lesson 7 shows when it mistakes one question for another.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

_WORD = re.compile(r"[a-z0-9]+")


def normal(text: str) -> str:
    """A text without case and punctuation: "Where's my card?" is "where s my card"."""
    if not isinstance(text, str):
        raise TypeError(f"{text!r} is no text: give each text as a str")
    return " ".join(_WORD.findall(text.casefold()))


class TfIdf:
    """Texts as weighted words: a word counts the more, the fewer of the known texts have it.

    The weight of a word is its count in the text times 1 + ln((1 + texts) / (1 + texts with it));
    vectors are scaled to length 1 (a text of unknown words only stays at 0). This is the common
    smoothed form.
    """

    def __init__(self, known: Sequence[str]) -> None:
        words = Counter(word for text in known for word in set(normal(text).split()))
        self.column = {word: i for i, word in enumerate(sorted(words))}
        counts = np.array([words[word] for word in self.column])
        self.weight = (1 + np.log((1 + len(known)) / (1 + counts))).astype(np.float32)

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """A row for each text; float32."""
        rows = np.zeros((len(texts), len(self.column)), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in normal(text).split():
                if word in self.column:
                    rows[row, self.column[word]] += 1
        rows *= self.weight
        length = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / np.where(length > 0, length, 1)
