"""What a stream's events say of its usage, on top of each other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from costlib.usage import streams
from costlib.usage.read import read_usage
from costlib.usage.record import Usage
from costlib.usage.streams import StreamUsage

COUNTED = {"prompt_tokens": 101, "completion_tokens": 7, "total_tokens": 108}


@pytest.mark.parametrize(
    "events",
    [
        [{"choices": [], "usage": COUNTED}],
        [{"choices": [], "usage": COUNTED}, {"choices": [], "usage": None}],
        [{"choices": [], "usage": {**COUNTED, "completion_tokens": 3, "total_tokens": 104}},
         {"choices": [], "usage": COUNTED}],  # a count that grows from chunk to chunk
        # A later chunk erases nothing, whether it has zeros, nulls, or says less.
        [{"choices": [], "usage": COUNTED}, {"choices": [], "usage": dict.fromkeys(COUNTED, 0)}],
        [{"choices": [], "usage": COUNTED}, {"choices": [], "usage": dict.fromkeys(COUNTED)}],
        [{"choices": [], "x_groq": {"id": "r"}},
         {"choices": [], "x_groq": {"id": "r", "usage": {**COUNTED, "queue_time": 0.1}}}],
    ],
)  # fmt: skip
def test_the_usage_of_a_chat_stream(events):
    stream = StreamUsage()
    for event in events:
        stream.event({"object": "chat.completion.chunk", "model": "m", **event})
    stream.done()
    assert stream.final and read_usage(stream.body) == Usage(101, 7)


def test_details_that_a_later_chunk_leaves_out_stay():
    stream = StreamUsage()
    stream.event({"usage": {**COUNTED, "prompt_tokens_details": {"cached_tokens": 61}}})
    stream.event({"usage": COUNTED})
    assert read_usage(stream.body) == Usage(101, 7, 61)


@pytest.mark.parametrize(
    ("start", "end", "compacted", "read"),
    [  # live streams in the tests of langchain-anthropic 1.7 and pydantic-ai 2
        ((83555, 0, 2), (224, 0, 22), (83555, 0, 154), Usage(83779, 176)),
        ((100, 55096, 7), (181, 0, 8), (100, 55096, 83), Usage(55377, 91, 55096)),
    ],
)
def test_a_compaction_at_the_start_of_a_stream_counts_once(start, end, compacted, read):
    """The start has the compaction's input, and so had the end: it was counted twice."""
    names = ("input_tokens", "cache_read_input_tokens", "output_tokens")
    start, end, compacted = (dict(zip(names, counts, strict=True)) for counts in
                             (start, end, compacted))  # fmt: skip
    turns = [{"type": "compaction", **compacted}, {"type": "message", **end}]
    stream = StreamUsage()
    stream.event({"type": "message_start", "message": {"usage": {
        **start, "cache_creation_input_tokens": 0, "cache_creation": {
            "ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "service_tier": "standard", "inference_geo": "global"}}})  # fmt: skip
    stream.event({"type": "message_delta", "usage": {**end, "iterations": turns}})
    stream.event({"type": "message_stop"})
    assert stream.final
    assert read_usage(stream.body) == replace(read, requests=2, tier="standard")


def test_the_lifetime_of_writes_that_only_the_start_tells_stays():
    start = {
        "input_tokens": 5,
        "output_tokens": 1,
        "cache_creation_input_tokens": 31,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 31},
    }
    end = {"input_tokens": 7, "output_tokens": 3, "cache_creation_input_tokens": 44}
    stream = StreamUsage()
    stream.event({"type": "message_start", "message": {"usage": start}})
    stream.event({"type": "message_delta", "usage": {**end, "iterations": [
        {"type": "message", **end}]}})  # fmt: skip
    assert read_usage(stream.body) == Usage(51, 3, cache_write_1h_tokens=44)


def test_a_model_that_declined_at_the_start_leaves_no_count():
    end = {"input_tokens": 412, "output_tokens": 264}
    stream = StreamUsage()
    stream.event({"type": "message_start", "message": {"usage": {"input_tokens": 508}}})
    stream.event({"type": "message_delta", "usage": {**end, "iterations": [
        {"type": "message", "model": "claude-fable-5", "input_tokens": 508, "output_tokens": 0},
        {"type": "fallback_message", "model": "claude-opus-5", **end}]}})  # fmt: skip
    with pytest.warns(UserWarning, match="declined before any output"):
        assert read_usage(stream.body) == Usage(412, 264)


def test_a_stream_of_lines_without_an_end_is_not_parsed_anew_at_each_line(monkeypatch):
    """40,000 lines of plain text took 9 seconds, in which the caller waited."""
    parsed = []
    whole = streams.parsed
    monkeypatch.setattr(streams, "parsed", lambda data: parsed.append(data) or whole(data))
    assert list(streams.events(b"data: a word\n" * 40_000)) == [] and not parsed
    data = b'data: {"a":\ndata: 1}\n\ndata: {"b": 2}\n\ndata: [DONE]\n\n'
    assert list(streams.events(data)) == [{"a": 1}, {"b": 2}, None]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b'data: oops\ndata: {"a": 1}\n\n', [{"a": 1}]),
        (b'data: {"id": "x", "cho\ndata: {"a": 1}\n\ndata: [DONE]\n\n', [{"a": 1}, None]),
        (b'data: \xff\xfe\ndata: {"a": "\xc3\xa4"}\n\n', [{"a": "\u00e4"}]),
        (b"data: oops\ndata: [DONE]\n\n", [None]),
        # A line that is an object, and a part of a larger one, is no event.
        (b'data: {"x": [\ndata: {"a": 1}\ndata: ], "u": 2}\n\n', [{"x": [{"a": 1}], "u": 2}]),
    ],
)
def test_a_broken_line_spoils_no_more_than_itself(data, found):
    assert list(streams.events(data)) == found
