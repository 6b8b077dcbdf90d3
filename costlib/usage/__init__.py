"""What a response says was used: one record, and how every body is read into it.

The idea: vendors count the same tokens in different ways. `Usage` is one frozen record for all of
them, whose totals contain their parts, and `read_usage` is the only place where a vendor's own
convention meets it; README.md here lists the shapes that it knows, with their sources.
`reported_cost` reads what the provider itself says a response cost, and `named_model` which model
it names. Units: tokens, requests, seconds of audio, USD. Lesson 2 teaches it.
"""

from costlib.faces import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
