from .chat import count_chat as count_chat
from .encodings import encoded_length as encoded_length
from .images import image_grid as image_grid
from .images import image_tokens as image_tokens
from .speech import audio_tokens as audio_tokens
from .text import Count as Count
from .text import count_text as count_text
from .view import show_tokens as show_tokens
