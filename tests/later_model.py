"""A price book with a model that came out after every table of rules was checked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from costlib.pricing import fitting, price_book, prices

LATER = date(2031, 5, 4)  # after every check


def add_later_model(
    monkeypatch: pytest.MonkeyPatch, name: str, relative: str, released: date | None = LATER
) -> price_book.Model:
    """Adds a model that came out on LATER, with the prices and the kind of a relative.

    Without a release day, its first price is of LATER. The book is the old one again after the
    test. Give each test a name of its own, because answers about a name are kept.
    """
    book = price_book.book()
    like = prices.find_model(relative)
    model = replace(like, id=name, aliases=(), released=released, shutdown=None)
    old, new = ((like.provider, it, "standard") for it in (relative, name))
    card = replace(book.cards[old][-1][-1], model=name, valid_from=LATER)
    later = book._replace(
        models=(*book.models, model),
        names={**book.names, name: (model,)},
        starts={**book.starts, new: (LATER,)},
        cards={**book.cards, new: ((card,),)},
    )
    for module in (prices, fitting):
        monkeypatch.setattr(module, "book", lambda: later)
    return model
