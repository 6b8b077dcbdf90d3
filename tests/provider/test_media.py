"""Pictures and recordings made in memory: their size, length and tokens, and what is refused."""

from __future__ import annotations

import base64
import io
import struct
import wave
import zlib

import pytest
from PIL import Image

from costlib.provider.media import (
    audio_seconds,
    audio_tokens_of,
    image_data,
    image_kind,
    image_size,
    image_tokens_of,
)


def picture(kind, width=300, height=200, **options):
    file = io.BytesIO()
    # A gradient, so that cutting the file short loses something.
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    image.save(file, kind, **options)
    return file.getvalue()


def text(data):
    return base64.b64encode(data).decode()


def parts(data, kind="image/png"):
    """The same picture in the three shapes of the two vendors."""
    url = f"data:{kind};base64,{text(data)}"
    source = {"type": "base64", "media_type": kind, "data": text(data)}
    return [
        {"type": "image", "source": source},
        {"type": "image_url", "image_url": {"url": url}},
        {"type": "input_image", "image_url": url},
    ]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
@pytest.mark.parametrize("size", [(300, 200), (1, 1), (37, 1_111)])
def test_a_picture_is_decoded_for_its_size(kind, size):
    data = picture(kind, *size)
    assert image_size(data) == size
    assert image_kind(data) == f"image/{kind.lower()}"


def test_an_animation_has_the_size_of_its_frames():
    frames = [Image.new("RGB", (40, 30), color) for color in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    assert image_size(file.getvalue()) == (40, 30)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_cut_short_is_refused(kind):
    data = picture(kind)
    for keep in (0, 5, len(data) // 2):
        with pytest.raises(ValueError, match="send") as refused:
            image_size(data[:keep])
        assert "\n" not in str(refused.value)


def test_what_is_no_picture_is_refused():
    bitmap, svg = picture("BMP"), b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    for data in (b"hello", b"%PDF-1.7", bitmap, svg, bytes(1_000)):
        with pytest.raises(ValueError, match="not a picture in a format that is read"):
            image_size(data)


def test_a_wrong_checksum_is_refused():
    data = bytearray(picture("PNG"))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(ValueError, match="damaged"):
        image_size(bytes(data))


def test_a_small_file_that_unpacks_to_gigabytes_is_refused_before_it_does():
    # The header of a PNG says 60,000 x 60,000; nothing else is there.
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
    data += struct.pack(">I", zlib.crc32(chunk)) + bytes(100)
    with pytest.raises(ValueError):
        image_size(data)


def test_pictures_of_both_vendors_by_their_published_formulas():
    square = picture("PNG", 1_024, 1_024)
    for part in parts(square):
        assert image_data(part) == square
        # Anthropic: ceil(1024 / 28) = 37 patches a side.
        assert image_tokens_of(part, "claude-opus-5-5") == 37 * 37
        # OpenAI's guide: 1024 x 1024 is 765 tokens on gpt-4o, 85 at low detail.
        assert image_tokens_of(part, "gpt-4o") == 765
        assert image_tokens_of(part, "gpt-4o", "low") == 85


def test_large_pictures_are_capped_by_model():
    large = parts(picture("JPEG", 3_000, 2_000), "image/jpeg")[0]
    newer, older = (image_tokens_of(large, m) for m in ("claude-opus-5-5", "claude-haiku-4-5"))
    assert 4_500 < newer <= 4_784  # Anthropic's vision guide: the caps of the two generations
    assert 1_400 < older <= 1_568


def test_detail_is_read_from_the_part():
    small = picture("PNG", 1_024, 1_024)
    chat, response = parts(small)[1:]
    chat["image_url"]["detail"] = "low"
    response["detail"] = "low"
    assert image_tokens_of(chat, "gpt-4o") == image_tokens_of(response, "gpt-4o") == 85
    assert image_tokens_of(chat, "gpt-4o", "high") == 765


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
        {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "input_image", "file_id": "file-1"},
    ],
)
def test_a_picture_elsewhere_is_not_fetched(part):
    with pytest.raises(ValueError, match="nothing is fetched offline"):
        image_data(part)


@pytest.mark.parametrize("data", ["not base64!", "AAA", 7, None, "data:image/png;base64,AAAA"])
def test_base64_that_is_none(data):
    with pytest.raises(ValueError, match="base64"):
        image_data({"type": "image", "source": {"type": "base64", "data": data}})


# --- Speech -----------------------------------------------------------------------------------


def recording(seconds, rate=24_000, channels=1):
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(bytes(round(seconds * rate) * channels * 2))
    return file.getvalue()


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (24_000, 1), (44_100, 2)])
def test_a_wav_lasts_as_long_as_its_frames(rate, channels):
    assert audio_seconds(recording(2.5, rate, channels), "wav") == pytest.approx(2.5)


def test_a_wav_that_was_streamed_does_not_know_its_length():
    data = bytearray(recording(2))
    data[40:44] = struct.pack("<I", 0x7FFFFFFF)
    assert audio_seconds(bytes(data), "wav") == pytest.approx(2)


def test_an_mp3_lasts_as_long_as_its_frames():
    # MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes and 1,152 samples a frame.
    frame = bytes([0xFF, 0xFB, 0x90, 0x00]) + bytes(413)
    tag = b"ID3\x04\x00\x00\x00\x00\x01\x00" + bytes(128)
    for data in (frame * 100, tag + frame * 100):
        assert audio_seconds(data, "mp3") == pytest.approx(100 * 1_152 / 44_100)


def test_speech_is_ten_tokens_a_second():
    part = {"type": "input_audio", "input_audio": {"data": text(recording(6)), "format": "wav"}}
    assert audio_tokens_of(part) == 60


@pytest.mark.parametrize(
    ("data", "kind", "says"),
    [
        (b"hello", "wav", "not a WAV"),
        (b"hello", "mp3", "not an MP3"),
        (b"", "wav", "not a WAV"),
        (recording(1), "ogg", 'send "wav" or "mp3"'),
    ],
)
def test_what_is_no_recording_is_refused(data, kind, says):
    with pytest.raises(ValueError, match=says):
        audio_seconds(data, kind)
