"""Pictures and speech inside a request: how large, how long, and so how many tokens.

A picture is really decoded, never believed: its size is what the decoder found, and data that is
cut short or is no picture is refused in one sentence. Units: pixels, seconds, tokens. Both
vendors' handlers use this module; lesson 2 explains the formulas, which are in `tokens`.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import wave
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from costlib.tokens.images import image_tokens
from costlib.tokens.speech import audio_tokens

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")  # both vendors' guides on images
_MOST_PIXELS = 100_000_000  # a small file can unpack to gigabytes; no vendor takes such a picture
_DATA_URL = re.compile(r"data:(?P<kind>[\w.+-]+/[\w.+-]+);base64,(?P<data>.*)", re.DOTALL)

# MPEG audio, ISO 11172-3 and 13818-3: kbit/s of layer III by version, samples a second.
_KBITS = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLE_RATES = {
    3: (44_100, 48_000, 32_000),
    2: (22_050, 24_000, 16_000),
    0: (11_025, 12_000, 8_000),
}


# --- Pictures ---------------------------------------------------------------------------------


def image_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of a PNG, JPEG, GIF or WEBP picture, decoded to its last pixel.

    An animation has the size of its frames. Raises ValueError for what is not such a picture, is
    cut short, or would unpack to more than 100 million pixels.
    """
    return _decode(data)[:2]


def image_kind(data: bytes) -> str:
    """The media type of a picture, "image/png" for example. Raises ValueError as `image_size`."""
    return _decode(data)[2]


@lru_cache(maxsize=32)
def _decode(data: bytes) -> tuple[int, int, str]:
    from PIL import Image, UnidentifiedImageError

    if not data:
        raise ValueError("the picture has no bytes: send the content of a PNG, JPEG, GIF or WEBP")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > _MOST_PIXELS:
                raise ValueError(
                    f"the picture unpacks to {width} x {height} pixels, more than "
                    f"{_MOST_PIXELS:,}: make it smaller"
                )
            picture.load()
            return width, height, f"image/{str(picture.format).lower()}"
    except UnidentifiedImageError:
        raise ValueError(
            f"{len(data):,} bytes are not a picture in a format that is read: send PNG, JPEG, GIF "
            "or WEBP"
        ) from None
    except (OSError, SyntaxError, EOFError, IndexError, Image.DecompressionBombError) as error:
        # What Pillow raises for a damaged file: the header was right, the rest is not.
        raise ValueError(
            f"the picture is damaged or cut short ({error}): send the whole file"
        ) from None


def image_data(part: Mapping[str, Any]) -> bytes:
    """The bytes of a picture in a content part of either vendor.

    Known are OpenAI's `image_url` and `input_image` with a data URL, and Anthropic's `image` with
    a base64 source. Raises ValueError for base64 that is none, and for a picture that would have
    to be fetched: there is no network here.
    """
    source = part.get("source")
    if part.get("type") == "image" and isinstance(source, Mapping):
        if source.get("type") == "base64":
            return _base64(source.get("data"))
        where = source.get("url") or source.get("file_id")
    else:
        where = part.get("image_url")
        where = where.get("url") if isinstance(where, Mapping) else where
        if found := _DATA_URL.fullmatch(where) if isinstance(where, str) else None:
            return _base64(found["data"])
        where = where or part.get("file_id")
    raise ValueError(
        f"the picture {str(where)[:80]!r} is not in the request, and nothing is fetched offline: "
        "send its bytes as base64"
    )


def image_tokens_of(part: Mapping[str, Any], model: str, detail: str | None = None) -> int:
    """The input tokens of a picture in a content part of either vendor, by `image_tokens`.

    `detail` is the part's own unless given; "auto" when it has none. Raises ValueError for what
    is no picture, LookupError for a model or detail without a published rule.
    """
    width, height = image_size(image_data(part))
    return image_tokens(width, height, model, detail or _detail(part))


def _detail(part: Mapping[str, Any]) -> str:
    inner = part.get("image_url")
    nested = inner.get("detail") if isinstance(inner, Mapping) else None
    return str(part.get("detail") or nested or "auto")


@lru_cache(maxsize=32)
def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(
            f"{text[:20]!r}... is not base64 ({error}): encode the file with base64.b64encode"
        ) from None


def _base64(text: Any) -> bytes:
    if not isinstance(text, str):
        raise ValueError(f"base64 data must be a string, and {type(text).__name__} is none")
    return _decoded(text)


# --- Speech -----------------------------------------------------------------------------------


def audio_seconds(data: bytes, kind: str) -> float:
    """How long a recording lasts, from its own frames. `kind` is "wav" or "mp3".

    Raises ValueError for another kind, and for data that is not a recording of that kind.
    """
    if kind == "wav":
        return _wav_seconds(data)
    if kind == "mp3":
        return _mp3_seconds(data)
    raise ValueError(f'audio of kind {kind!r} is not read: send "wav" or "mp3"')


def audio_tokens_of(part: Mapping[str, Any]) -> int:
    """The input tokens of the speech in an `input_audio` part of OpenAI, by `audio_tokens`.

    Raises ValueError for what is no recording.
    """
    audio = part.get("input_audio")
    if not isinstance(audio, Mapping):
        raise ValueError("an input_audio part needs an object with data and format")
    return audio_tokens(audio_seconds(_base64(audio.get("data")), str(audio.get("format"))))


def _wav_seconds(data: bytes) -> float:
    try:
        with wave.open(io.BytesIO(data)) as recording:
            frame = recording.getsampwidth() * recording.getnchannels()
            # The header's count is a promise; streamed files say 0 or 2**31.
            return len(recording.readframes(len(data))) / frame / recording.getframerate()
    except (wave.Error, EOFError, ZeroDivisionError) as error:
        raise ValueError(f"{len(data):,} bytes are not a WAV recording ({error})") from None


def _mp3_seconds(data: bytes) -> float:
    """The sum over its frames, each of which states its bit rate and its sample rate."""
    position, seconds = 0, 0.0
    if data[:3] == b"ID3" and len(data) > 10:  # a tag in front; its length has 7 bits a byte
        position = 10 + sum(byte << 7 * (3 - i) for i, byte in enumerate(data[6:10]))
    while position + 4 <= len(data):
        head = int.from_bytes(data[position : position + 4], "big")
        version, layer = head >> 19 & 3, head >> 17 & 3
        bits, rate, padding = head >> 12 & 15, head >> 10 & 3, head >> 9 & 1
        if head >> 21 != 0x7FF or version == 1 or layer != 1 or bits in (0, 15) or rate == 3:
            break
        hertz = _SAMPLE_RATES[version][rate]
        samples = 1152 if version == 3 else 576
        position += samples // 8 * _KBITS[1 if version == 3 else 2][bits] * 1000 // hertz + padding
        seconds += samples / hertz
    if not seconds:
        raise ValueError(f"{len(data):,} bytes are not an MP3 recording: no frame was found")
    return seconds
