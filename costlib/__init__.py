"""costlib: what AI calls cost, before, during and after. The helper package of the course.

Names load on first use, so that `import costlib` needs no SDK, pandas or matplotlib, and
`python -m costlib` works before anything is installed.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:  # for type checkers and editors, which do not run __getattr__
    from costlib.display.amounts import money as money
    from costlib.paths import data_path as data_path
    from costlib.pricing.cost import Cost as Cost
    from costlib.pricing.cost import cost_of as cost_of
    from costlib.pricing.price_book import AS_OF as AS_OF
    from costlib.pricing.price_book import RateCard as RateCard
    from costlib.pricing.prices import rate_card as rate_card
    from costlib.pricing.prices import role as role
    from costlib.pricing.table import cost_table as cost_table
    from costlib.provider import connect as connect
    from costlib.provider import connect_async as connect_async
    from costlib.provider import provider_of as provider_of
    from costlib.tokens.chat import count_chat as count_chat
    from costlib.tokens.text import count_text as count_text
    from costlib.usage.read import read_usage as read_usage
    from costlib.usage.record import Usage as Usage

__version__ = "0.2.0"

_HOME = {
    "AS_OF": "pricing",
    "Cost": "pricing",
    "RateCard": "pricing",
    "Usage": "usage",
    "connect": "provider",
    "connect_async": "provider",
    "cost_of": "pricing",
    "cost_table": "pricing",
    "count_chat": "tokens",
    "count_text": "tokens",
    "data_path": "paths",
    "money": "display",
    "provider_of": "provider",
    "rate_card": "pricing",
    "read_usage": "usage",
    "role": "pricing",
}

__all__ = sorted(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError("module 'costlib' has no attribute %r" % name)  # noqa: UP031
    from importlib import import_module

    return getattr(import_module("costlib." + _HOME[name]), name)


def __dir__():
    return sorted(list(globals()) + __all__)
