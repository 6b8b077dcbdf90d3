"""Less that is sent, written or asked: waste, repeated prompts, answers, reasoning, pictures.

What these tokens cost is certain; how many of them can be spared is assumed, from none to all or to
a stated share. Units: Decimal USD. Lessons 2, 4, 6 and 7 teach these levers.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from costlib.audit.applied import QUALITY, Applied, Records, placed
from costlib.audit.otherwise import otherwise
from costlib.display.amounts import counted
from costlib.tracking.calls import REPORTS
from costlib.tracking.exact_sum import sum_usd
from costlib.tracking.heartbeats import unattended
from costlib.tracking.waste import retry_loops

_SHORTER = 10  # one token of output in so many is not written


def stop_waste(records: Records) -> Iterator[Applied]:
    """Repeats of one prompt, and calls at regular gaps with nobody there."""
    rows = placed(records.frame[~records.frame["operation"].isin(REPORTS)])
    loops, beats = retry_loops(rows), unattended(rows)
    sure = sum_usd(rows[rows["id"].isin({call for each in loops for call in each.ids})])
    both = {call for each in (*loops, *beats) for call in each.ids}
    if not both:
        return
    yield Applied(
        4,
        "stop what nobody asked for",
        (sure, sum_usd(rows[rows["id"].isin(both)])),
        "what these calls cost",
        "at least repeats of one prompt; at most also calls at regular gaps for no user",
        "who needs regular calls" if beats else "nothing: each of these prompts had its answer",
    )


def repeats(records: Records) -> Iterator[Applied]:
    """Prompts that were answered before, from a store of answers."""
    rows = records.single[records.single["prompt_hash"] != ""]
    if not len(rows):
        need = "a hash of each prompt: a ledger of tracked calls has it"
        yield Applied(7, "answers kept for equal prompts", None, needs=need)
        return
    again = rows[rows.duplicated(["model", "prompt_hash"])]
    usd = sum_usd(again)
    yield Applied(
        7,
        "answers kept for equal prompts",
        (Decimal(0), usd),
        f"{counted(len(again), 'call')} with a prompt that was answered before",
        "none to all of them may get the earlier answer",
        "whether they are still right",
    )


def shorter_answers(records: Records) -> Iterator[Applied]:
    """A tenth less output: a prompt that asks for less, or a limit."""
    rows = records.priced
    without = rows.assign(
        output_tokens=rows["output_tokens"] - rows["output_tokens"] // _SHORTER,
        **{name: 0 for name in ("reasoning_tokens", "accepted_prediction_tokens")},
    )
    tenth = otherwise(rows, without).saved
    if not tenth:
        return
    yield Applied(
        6,
        "shorter answers (asked for, or max_tokens)",
        (Decimal(0), tenth),
        "the price of output",
        "at most a tenth less is written",
        QUALITY,
    )


def less_reasoning(records: Records) -> Iterator[Applied]:
    """Reasoning that is spared by a lower effort."""
    rows = records.priced[records.priced["reasoning_tokens"] > 0]
    lever = "less reasoning effort"
    if not len(rows):
        need = "reasoning tokens apart: these records count them as output, or there were none"
        yield Applied(6, lever, None, needs=need)
        return
    plain = rows.assign(
        output_tokens=rows["output_tokens"] - rows["reasoning_tokens"], reasoning_tokens=0
    )
    all_of_it = otherwise(rows, plain).saved
    yield Applied(
        6, lever, (Decimal(0), all_of_it), "what reasoning cost", "none to all of it is spared",
        QUALITY,
    )  # fmt: skip


def smaller_pictures(records: Records) -> Iterator[Applied]:
    """Pictures half as wide and half as high."""
    rows = records.priced[records.priced["input_image_tokens"] > 0]
    lever = "smaller pictures"
    if not len(rows):
        yield Applied(2, lever, None, needs="image tokens apart: none are named here")
        return
    less = rows.assign(
        input_tokens=rows["input_tokens"] - rows["input_image_tokens"],
        cached_input_tokens=rows["cached_input_tokens"] - rows["cached_image_tokens"],
        input_image_tokens=0,
        cached_image_tokens=0,
    )
    yield Applied(
        2,
        lever,
        (Decimal(0), otherwise(rows, less).saved * 3 / 4),
        "what pictures cost",
        "at most half as wide and half as high: a quarter of the tokens",
        "whether small print is still read",
    )
