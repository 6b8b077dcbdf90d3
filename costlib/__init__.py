"""costlib: what AI calls cost, before, during and after. The helper package of the course.

Names load on first use, so that `import costlib` needs no SDK, pandas or matplotlib, and
`python -m costlib` works before anything is installed.
"""

_HOME = {
    "AS_OF": "prices",
    "Cost": "cost",
    "RateCard": "prices",
    "Usage": "usage",
    "connect": "provider",
    "connect_async": "provider",
    "cost_of": "cost",
    "cost_table": "cost",
    "count_chat": "tokens",
    "count_text": "tokens",
    "data_path": "paths",
    "money": "cost",
    "provider_of": "provider",
    "rate_card": "prices",
    "read_usage": "usage",
    "role": "prices",
}

__all__ = sorted(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError("module 'costlib' has no attribute %r" % name)  # noqa: UP031
    from importlib import import_module

    return getattr(import_module("costlib." + _HOME[name]), name)


def __dir__():
    return sorted(list(globals()) + __all__)
