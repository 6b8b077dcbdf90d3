"""OpenAI and Anthropic inside the process: the real SDK clients, with no key, port or network.

The idea: `connect("openai")` gives an `openai.OpenAI` client, `connect("anthropic")` an
`anthropic.Anthropic` client, `connect_async` their asynchronous twins; only what would open a
socket is ours. Tokens are counted as the APIs count them, refusals are the APIs' own; reply text
is modelled and says so. `provider_of(client)` is the organisation behind a client: its clock, its
log, its caches and limits, and the script of its model. README.md beside this file lists what is
measured, what is modelled and what is missing.

Units: tokens, US dollars, seconds of a virtual clock that starts at noon UTC on the as-of date.
Lesson 1 introduces it; every lesson calls it.
"""

from costlib.faces import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
