"""Importing this works out what most lessons need on any day, for processes that are then forked.

The tokenizer's table and the local step's votes. Nothing of it reads the day, which is another
lesson's environment's to say.
"""

import sys

from costlib.intents.local import local_step
from costlib.tokens.encodings import load_encoding

load_encoding("o200k_base")
local_step()
assert "costlib.pricing.price_book" not in sys.modules, "it reads the day when it is imported"
