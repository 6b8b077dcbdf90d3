"""How long a text, a chat, a picture or a sound is in a model's tokens.

The idea: a count is exact where the vendor published the tokenizer, and an estimate with a range
where not, and it says which. Nothing is downloaded. Units: tokens of the model asked about.
Lesson 2 teaches the counting, lesson 3 estimates with it.

    from costlib.tokens import count_chat, count_text
    count_text("Where is my card?", "gpt-5")            # 5
    count_text("Where is my card?", "claude-opus-5-5")  # est. 8 (5-9)

- `encodings`: the two public encodings, built from files that ship.
- `text`: counts, and the factor by which a private tokenizer differs.
- `chat`: the framing of messages, and tools. `images` and `speech`: the vendors' formulas.
- `view`: a text cut into its tokens, to look at.
"""

from costlib.faces import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
