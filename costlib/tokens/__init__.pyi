from .count import (
    audio_tokens as audio_tokens,
)
from .count import (
    count_chat as count_chat,
)
from .count import (
    count_text as count_text,
)
from .count import (
    encoded_length as encoded_length,
)
from .count import (
    image_grid as image_grid,
)
from .count import (
    image_tokens as image_tokens,
)
from .view import show_tokens as show_tokens
