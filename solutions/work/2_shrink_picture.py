"""Shrink a picture before you send it

Send the smallest size at which your model still reads what it must, just within whole squares: 28
pixels at Anthropic.
"""

import base64
import io

from anthropic import Anthropic
from PIL import Image, ImageOps

client = Anthropic()
SQUARE = 28  # pixels


def picture(path, longest=1_400):
    upright = ImageOps.exif_transpose(Image.open(path))  # a phone notes how it was held
    image = upright.convert("RGBA")  # what is transparent stays so
    image.thumbnail((longest, longest))  # keeps the proportions, and never enlarges
    whole = [side // SQUARE * SQUARE or side for side in image.size]
    file = io.BytesIO()
    image.resize(whole).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}
