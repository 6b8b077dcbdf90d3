"""costlib: what AI calls cost, before, during and after. The helper package of the course.

Names load on first use, so that `import costlib` needs no SDK, pandas or matplotlib, and
`python -m costlib` works before anything is installed.
"""

_HOME = {
    "AS_OF": "pricing.prices",
    "Cost": "pricing.cost",
    "RateCard": "pricing.prices",
    "Usage": "usage.record",
    "connect": "provider",
    "connect_async": "provider",
    "cost_of": "pricing.cost",
    "cost_table": "pricing.table",
    "count_chat": "tokens.count",
    "count_text": "tokens.count",
    "data_path": "paths",
    "money": "display.amounts",
    "provider_of": "provider",
    "rate_card": "pricing.prices",
    "read_usage": "usage.read",
    "role": "pricing.prices",
}

__all__ = sorted(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError("module 'costlib' has no attribute %r" % name)  # noqa: UP031
    from importlib import import_module

    return getattr(import_module("costlib." + _HOME[name]), name)


def __dir__():
    return sorted(list(globals()) + __all__)
