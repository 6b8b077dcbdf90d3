"""How long a text, a chat, a picture or a sound is in a model's tokens.

The idea: counts are exact where the tokenizer is public, and an estimate with a range where it is
not, and they say which. Units: tokens. Lesson 2 teaches the counting, lesson 3 estimates with it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
