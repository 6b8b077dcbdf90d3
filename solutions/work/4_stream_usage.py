"""Do not lose the usage of a stream

A stream of OpenAI's Chat Completions brings its usage in a last piece without choices, and only
where you ask for it. Read to the end, and note a stream that ended without usage.
"""

from openai import OpenAI

client = OpenAI()


def stream(log, **request):
    usage = None
    pieces = client.chat.completions.create(
        **request, stream=True, stream_options={"include_usage": True}
    )
    try:
        for piece in pieces:
            usage = piece.usage or usage
            if piece.choices:
                yield piece.choices[0].delta.content or ""
    finally:  # also when the reader leaves
        pieces.close()  # or the connection stays open, and the answer comes for nobody
        log(usage)  # None means unknown, not nothing
