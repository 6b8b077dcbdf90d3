"""Shrink a picture before you send it

Send the smallest size at which your model still reads what it must, just within whole squares: 28
pixels at Anthropic.
"""

import base64
import io

from anthropic import Anthropic
from PIL import Image

client = Anthropic()
SQUARE = 28  # pixels


def picture(path, longest=1_400):
    image = Image.open(path).convert("RGB")
    image.thumbnail((longest, longest))  # keeps the proportions, and never enlarges
    whole = [side // SQUARE * SQUARE or side for side in image.size]
    file = io.BytesIO()
    image.resize(whole).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}
