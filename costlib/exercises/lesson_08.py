"""The exercises of lesson 8, Predicted outputs. Tokens, USD, seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from costlib.bank.levers import bank_plan
from costlib.exercises.framework import SCALES, Blank, Design, Function
from costlib.exercises.inputs import NotAllowed, Pick
from costlib.exercises.values import Unreadable, close, is_blank, number, own_words
from costlib.intents.local import local_step
from costlib.intents.neighbours import at_least
from costlib.prediction.acceptance import largest_edit
from costlib.provider.alignment import align
from costlib.tokens.text import count_text

# --- 8.1 Accepted and rejected, by hand ---------------------------------------------------------

PREDICTED_LINE = "limit = 20  # dollars a day"
REPLY_LINE = "limit = 25  # US dollars a day"
_RATE = 8  # USD per million output tokens, as the statement says
_COUNTS = ("accepted", "rejected", "completion_tokens", "dollars_more")


@cache
def _slips() -> tuple[tuple[str, float, str], ...]:
    """A count, a wrong value for it, and what that means; earlier counts first."""
    found = align(PREDICTED_LINE, REPLY_LINE, "o200k_base")
    accepted, rejected = found.accepted, found.rejected
    reply = count_text(REPLY_LINE, "gpt-4.1").tokens
    return (
        ("accepted", accepted + rejected, "You accepted the whole prediction: one of its tokens "
         "is not in the reply."),
        ("accepted", reply, "You accepted the whole reply: some of it was never predicted."),
        ("rejected", reply - accepted, "You counted the new tokens of the reply as rejected: "
         "rejected are those of the prediction that the reply does not have."),
        ("completion_tokens", reply, "You left out what was rejected: it was generated, so it is "
         "in the count."),
        ("completion_tokens", reply - accepted + rejected, "You took the accepted tokens out: "
         "they are in the reply, and billed like the rest."),
        *(("dollars_more", count * _RATE / 1e6, "You gave a discount for accepted tokens: there is "
           "none.") for count in (-accepted, rejected - accepted)),
        *(("dollars_more", count * _RATE / 1e6, "You counted tokens of the reply: they are paid "
           "without a prediction too.")
          for count in (accepted, reply - accepted, reply, reply + rejected)),
        *(("dollars_more", factor * rejected * _RATE / 1e6, why) for factor, why in SCALES),
    )  # fmt: skip


@cache
def _counted() -> tuple[tuple[str, float, str], ...]:
    """Each count, its right value, and what it is."""
    found = align(PREDICTED_LINE, REPLY_LINE, "o200k_base")
    reply = count_text(REPLY_LINE, "gpt-4.1").tokens
    return (
        ("accepted", found.accepted, "Count the tokens of the prediction that stand in the reply, "
         "in their order."),
        ("rejected", found.rejected, "What of the prediction is not accepted is rejected: the two "
         "add up to it."),
        ("completion_tokens", reply + found.rejected, "`completion_tokens` is the whole reply, "
         "and what was rejected on top."),
        ("dollars_more", found.rejected * _RATE / 1e6, "Only rejected tokens are added: multiply "
         "their number by 8 dollars per million."),
    )  # fmt: skip


def _by_hand(answer: Any) -> str:
    if not isinstance(answer, Mapping) or not set(_COUNTS) <= set(answer):
        raise Unreadable(f"A dictionary with the names {', '.join(_COUNTS)} is wanted.")
    if any(is_blank(answer[name]) for name in _COUNTS):
        raise Blank
    got = {name: number(answer[name]) for name in _COUNTS}
    for name, right, what in _counted():
        if not close(got[name], right, 0.001):
            slips = (why for count, value, why in _slips()
                     if count == name and close(got[name], value, 0.001))  # fmt: skip
            return next(slips, what)
    return ""


def _line(accepted: Any, rejected: Any, completion: Any, dollars: Any) -> dict[str, Any]:
    return dict(zip(_COUNTS, (accepted, rejected, completion, dollars), strict=True))


BY_HAND = Design(
    id="8.1",
    validate=_by_hand,
    explanation="Accepted tokens are part of the reply and cost what they always cost; rejected "
    "ones come on top.",
    hints=(
        "Go through the prediction box by box: is this token in the reply, in the same order?",
        "The reply has tokens that were not predicted. They are neither accepted nor rejected.",
        "The completion is the reply and what was thrown away; only the second part is new cost.",
    ),
    # limit, =, space, space, #, dollars, a, day; 20 is not there; the reply has 10 tokens
    right=(_line(8, 1, 11, 0.000008), _line(8.0, 1, 11, 8e-6)),
    wrong=(
        (_line(9, 0, 10, 0), "whole prediction"),
        (_line(10, 0, 10, 0), "never predicted"),
        (_line(8, 2, 12, 0.000016), "new tokens"),
        (_line(8, 1, 10, 0.000008), "left out"),
        (_line(8, 1, 3, 0.000008), "took the accepted tokens out"),
        (_line(8, 1, 11, -0.000056), "there is none"),
        (_line(8, 1, 11, -0.000064), "there is none"),
        (_line(8, 1, 11, 0.000016), "tokens of the reply"),
        (_line(8, 1, 11, 0.000064), "tokens of the reply"),
        (_line(8, 1, 11, 0.000088), "tokens of the reply"),
        (_line(8, 1, 11, 0), "multiply their number"),
        (_line(8, 1, 11, 0.0008), "cents for dollars"),
        (_line(8, 1, 11, 8), "per 1,000,000 tokens"),
        (_line(7, 2, 12, 0.000016), "in their order"),
    ),
)

# --- 8.2 When a diff stops paying ---------------------------------------------------------------


def _any_file(pick: Pick) -> tuple[int, int, float]:
    return pick.whole(0, 5_000), pick.whole(0, 200), pick.amount(0, 1, 2)


LARGEST = Function(
    id="8.2",
    expected=largest_edit,
    draw=_any_file,
    by_hand=(
        # 2 changed + 100 + 0.1 x 2,000 = 2,000
        ((2_000, 100, 0.1), 850),
        # 2 changed = 1,000
        ((1_000, 0, 0.0), 500),
        # 2 changed + 30 = 121
        ((121, 30, 0.0), 45.5),
        ((120, 150, 0.0), 0),
        # 2 changed = 0.93 x 7
        ((7, 0, 0.07), 3.255),
    ),
    misconceptions=(
        (
            lambda file, overhead, failing: max(0, (1 - failing) * file - overhead),
            "You counted changed tokens once: a diff shows them as they were and as they will be.",
        ),
        (
            lambda file, overhead, failing: max(0, (file - overhead) / 2),
            "Failures change nothing in yours: a diff that fails is paid for, and then the whole "
            "file too.",
        ),
        (
            lambda file, overhead, failing: (file - overhead) / 2,
            "Failures change nothing in yours: a diff that fails is paid for, and then the whole "
            "file too.",
        ),
        (
            lambda file, overhead, failing: max(0, (1 - failing) * (file - overhead) / 2),
            "You paid the overhead only when the diff works: a diff that fails is paid for too.",
        ),
        (
            lambda file, overhead, failing: max(0, (1 - failing) * file / 2),
            "You left the overhead out: those tokens are written whatever the size of the change.",
        ),
        (
            lambda file, overhead, failing: largest_edit(file, overhead, failing) // 1,
            "You rounded: give the very number at which both cost the same.",
        ),
        (
            lambda file, overhead, failing: ((1 - failing) * file - overhead) / 2,
            "Below zero means that a diff never pays, and no edit has fewer than 0 tokens.",
        ),
    ),
    explanation="Half the file at most, and less for what finds the place and for what fails. The "
    "input, which a second call sends again, makes failures dearer still.",
    hints=(
        "Write down what a diff of a change costs on average, in output tokens.",
        "It is twice the change, the overhead, and the whole file for the share that fails.",
        "Set that equal to the file and solve for the change; what is below 0 is 0.",
    ),
    right=(
        lambda file, overhead, failing: max(0, (file * (1 - failing) - overhead) / 2),
        largest_edit,
    ),
)

# --- 8.3 The capstone ---------------------------------------------------------------------------

TARGET = 0.89  # of the plan, to be saved
FLOOR = 0.97  # of the questions that the local step answers, to be right
LOCAL = "answer_locally"


def _choice(answer: Any) -> tuple[frozenset[str], Any]:
    """The levers and the margin that a learner chose."""
    if not isinstance(answer, Mapping) or not {"levers", "margin"} <= set(answer):
        raise Unreadable('A dictionary with "levers" and "margin" is wanted.')
    names, margin = answer["levers"], answer["margin"]
    if is_blank(names):
        raise Blank
    # A dictionary may say of a name that it is not chosen.
    listed = isinstance(names, Iterable) and not isinstance(names, (str, Mapping))
    names = list(names) if listed else []
    if not names or not all(isinstance(name, str) for name in names):
        raise Unreadable('"levers" must be a list of names, each in quotes.')
    names = frozenset(names)
    for name in names:
        try:
            bank_plan().lever(name)
        except LookupError as unknown:
            raise Unreadable(own_words(unknown)) from None
    if LOCAL in names and is_blank(margin):
        raise Blank
    return names, number(margin) if LOCAL in names else None


@cache
def _off(names: frozenset[str], margin: float | None) -> float:
    """The share of the plan that a choice takes off, by the engine of the lesson."""
    plan = bank_plan()
    return float((plan if margin is None else plan.adjusted(LOCAL, margin=margin)).off(names))


def _vouched_for(margin: float) -> float:
    """How often the local step is right at least, by held-out questions; 0 when none is left."""
    step = local_step()
    answered = step.held.margins >= margin
    right = (step.held.answers == step.held_truth)[answered]
    return float(at_least(right.sum(), len(right))) if len(right) else 0.0


def _capstone(answer: Any) -> str:
    names, margin = _choice(answer)
    return _below_the_floor(names, margin) or _above_the_target(names, margin)


def _below_the_floor(names: frozenset[str], margin: float | None) -> str:
    """What nobody vouches for, or ""."""
    for name in sorted(names):
        if bank_plan().lever(name).answers == "not measured":
            return (
                f"`{name}` changes what the model reads, and nobody measured what that does to the "
                "answers: the aim of quality does not allow it."
            )
    if margin is None:
        return ""
    if not 0 <= margin <= 1:
        return f"The margin is a lead in votes, from 0 to 1: {margin:g} is none."
    right = _vouched_for(margin)
    if right >= FLOOR:
        return ""
    return (
        f"Of what the local step answers, {right:.1%} at least is right by the held-out questions, "
        f"and {FLOOR:.0%} is wanted: let it answer less."
    )


def _above_the_target(names: frozenset[str], margin: float | None) -> str:
    """What is left on the table, or ""."""
    off = _off(names, margin)
    if off >= TARGET:
        return ""
    why = "the local step passes on more questions to the model than quality asks for."
    for lever, left in (
        ("cache_prefix", "most of what is left is tools and handbook, paid in full each time."),
        (LOCAL, "every easy question still goes to the dearest model."),
        ("batch_summaries", "something in the month can wait until morning."),
    ):
        if lever not in names:
            why = left
            break
    return f"{off:.1%} off is not enough: {why}"


def _config(*levers: str, margin: float | None = 0.6) -> dict[str, Any]:
    return {"levers": list(levers), "margin": margin}


_ALL_ALLOWED = ("cache_prefix", "batch_summaries", LOCAL)

CAPSTONE = Design(
    id="8.3",
    validate=_capstone,
    explanation="Both aims are met; other choices meet them too. A third set of questions, by "
    "which nobody chose a margin, agrees: more than 97% of what the local step answers is right.",
    hints=(
        "Which levers does the aim of quality allow? The table of levers says what is known of "
        "each.",
        "Pull all of them. What is left to choose is the margin: a lower one answers more.",
        "Look for the lowest margin at which the local step is still right often enough.",
    ),
    right=(
        _config(*_ALL_ALLOWED),
        _config(*reversed(_ALL_ALLOWED), margin=0.6),
        {"levers": set(_ALL_ALLOWED), "margin": 0.55},
    ),
    wrong=(
        (_config(*_ALL_ALLOWED, "resize_screenshots"), "nobody measured"),
        (_config(*_ALL_ALLOWED, margin=0.2), "let it answer less"),
        (_config(*_ALL_ALLOWED, margin=1.0), "passes on more"),
        (_config(*_ALL_ALLOWED, margin=60), "from 0 to 1"),
        (_config("cache_prefix", "batch_summaries", margin=None), "easy question"),
        (_config(LOCAL, "batch_summaries"), "tools and handbook"),
        (_config(LOCAL, "cache_prefix"), "can wait"),
    ),
)

# --- 8.4 What a prediction cost, from a usage ---------------------------------------------------


Record = dict[str, Any]
Costs = tuple[float, ...]


def _usage(prompt: int, reply: int, accepted: int | None, rejected: int | None) -> Record:
    completion = reply + (rejected or 0)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "completion_tokens_details": {
            "accepted_prediction_tokens": accepted,
            "rejected_prediction_tokens": rejected,
            "reasoning_tokens": 0,
        },
    }


def _both_costs(usage: Record, input_rate: float, output_rate: float) -> Costs:
    details = usage["completion_tokens_details"]
    rejected = details["rejected_prediction_tokens"] or 0

    def cost(completion: int) -> float:
        return (usage["prompt_tokens"] * input_rate + completion * output_rate) / 1e6

    return cost(usage["completion_tokens"]), cost(usage["completion_tokens"] - rejected)


def _costs_with(
    count: Callable[[int, int, int], tuple[int, int]],
) -> Callable[[Record, float, float], Costs]:
    """Both costs when the two billed completions are counted in another way."""

    def costs(usage: Record, input_rate: float, output_rate: float) -> Costs:
        details = usage["completion_tokens_details"]
        billed = count(
            usage["completion_tokens"],
            details["accepted_prediction_tokens"] or 0,
            details["rejected_prediction_tokens"] or 0,
        )
        return tuple(
            (usage["prompt_tokens"] * input_rate + each * output_rate) / 1e6 for each in billed
        )

    return costs


_TWICE = _costs_with(lambda done, accepted, rejected: (done + rejected, done))
_FREE = _costs_with(lambda done, accepted, rejected: (done - accepted, done - rejected))
_NO_REPLY = _costs_with(lambda done, accepted, rejected: (done, done - rejected - accepted))
_NO_ACCEPTED = _costs_with(lambda done, accepted, rejected: (done, done - accepted))
_SAME = _costs_with(lambda done, accepted, rejected: (done, done))
_SWAPPED = _costs_with(lambda done, accepted, rejected: (done - rejected, done))


def _sent_too(usage: Record, input_rate: float, output_rate: float) -> Costs:
    """As `_both_costs`, by somebody who takes the prediction off the input."""
    made, without = _both_costs(usage, input_rate, output_rate)
    details = usage["completion_tokens_details"]
    predicted = sum(details[f"{end}_prediction_tokens"] or 0 for end in ("accepted", "rejected"))
    return made, without - predicted * input_rate / 1e6


def _in_decimals(usage: Record, input_rate: float, output_rate: float) -> list[Decimal]:
    details = usage["completion_tokens_details"]
    done = usage["completion_tokens"]
    sent = usage["prompt_tokens"] * Decimal(str(input_rate))
    return [
        (sent + count * Decimal(str(output_rate))) / 1_000_000
        for count in (done, done - (details["rejected_prediction_tokens"] or 0))
    ]


def _any_prediction(pick: Pick) -> tuple[Record, float, float]:
    reply = pick.whole(0, 3_000)
    accepted = pick.one_of((None, pick.whole(0, reply)))
    rejected = pick.one_of((None, pick.whole(0, 900), pick.whole(0, 900)))
    usage = _usage(pick.whole(0, 5_000), reply, accepted, rejected)
    return usage, pick.amount(0.05, 20, 2), pick.amount(0.05, 90, 2)


COSTS = Function(
    id="8.4",
    expected=_both_costs,
    draw=_any_prediction,
    by_hand=(
        # (166 x 2.5 + 226 x 10) / 1M, and with 107 tokens less: the published measurement
        ((_usage(166, 119, 49, 107), 2.5, 10.0), (0.002675, 0.001605)),
        # 500 x 2 + 200 x 8, and nothing was rejected
        ((_usage(500, 200, None, None), 2.0, 8.0), (0.0026, 0.0026)),
    ),
    misconceptions=(
        (
            _TWICE,
            "You added rejected tokens to the completion: they are in `completion_tokens` already.",
        ),
        (_FREE, "You took accepted tokens off the bill: they are billed like all output."),
        *(
            (
                wrong,
                "Without the prediction the model writes the accepted tokens too: only the "
                "rejected ones go.",
            )
            for wrong in (_NO_REPLY, _NO_ACCEPTED)
        ),
        (_SAME, "Your two numbers are equal: without the prediction nothing is rejected."),
        (
            lambda *args: (_both_costs(*args)[0], _both_costs(*args)[0] - _both_costs(*args)[1]),
            "Your second number is what the prediction added: the cost without it is wanted.",
        ),
        (_sent_too, "You took the prediction off the input: it is not billed as input."),
        (_SWAPPED, "The two are the wrong way round: the call that was made comes first."),
    ),
    explanation="The counts are all inside `completion_tokens`; without the prediction, what was "
    "rejected would not have been written.",
    hints=(
        "Which of the three counts is the total that is billed as output?",
        "Without a prediction the same reply is written, so only one of the two parts goes.",
        "`None` in the details means 0.",
    ),
    right=(
        _both_costs,
        _costs_with(lambda done, accepted, rejected: (done, done - rejected)),
        _in_decimals,
    ),
)

# --- 8.5 Choose the way -------------------------------------------------------------------------

Ways = dict[str, tuple[float, float]]
_EXCLUDE = ("tools", "logprobs", "max_completion_tokens")


def _may_predict(request: Mapping[str, Any]) -> bool:
    return not any(request.get(name) for name in _EXCLUDE) and request.get("n") in (None, 1)


def _by_names(ways: Ways, usd_a_second: float, request: Mapping[str, Any]) -> str:
    """As `_choose`, by somebody who looks only whether an argument is there."""
    barred = any(name in request for name in (*_EXCLUDE, "n"))
    return _of_all_ways(_unpredicted(ways) if barred else ways, usd_a_second, request)


def _by_truth(ways: Ways, usd_a_second: float, request: Mapping[str, Any]) -> str:
    """As `_choose`, by somebody who takes any `n` for an obstacle."""
    barred = any(request.get(name) for name in (*_EXCLUDE, "n"))
    return _of_all_ways(_unpredicted(ways) if barred else ways, usd_a_second, request)


def _by_none(ways: Ways, usd_a_second: float, request: Mapping[str, Any]) -> str:
    """As `_choose`, by somebody who takes what is not None for given."""
    barred = any(request.get(name) is not None for name in _EXCLUDE) or not _may_predict(request)
    return _of_all_ways(_unpredicted(ways) if barred else ways, usd_a_second, request)


def _whole_instead(ways: Ways, usd_a_second: float, request: Mapping[str, Any]) -> str:
    """As `_choose`, by somebody who takes the whole file where a prediction is refused."""
    way = _of_all_ways(ways, usd_a_second, request)
    return "whole" if way == "predicted" and not _may_predict(request) else way


def _unpredicted(ways: Ways) -> Ways:
    return {way: costs for way, costs in ways.items() if way != "predicted"}


def _allowed(ways: Ways, request: Mapping[str, Any]) -> Ways:
    return ways if _may_predict(request) else _unpredicted(ways)


def _of_all_ways(ways: Ways, usd_a_second: float, request: Mapping[str, Any]) -> str:
    return min(ways, key=lambda way: ways[way][0] + ways[way][1] * usd_a_second)


def _choose(ways: Ways, usd_a_second: float, request: Mapping[str, Any]) -> str:
    return _of_all_ways(_allowed(ways, request), usd_a_second, request)


def _cheapest(ways: Ways, usd_a_second: float, request: Mapping[str, Any]) -> str:
    return min(_allowed(ways, request), key=lambda way: ways[way][0])


def _soonest(ways: Ways, usd_a_second: float, request: Mapping[str, Any]) -> str:
    return min(_allowed(ways, request), key=lambda way: ways[way][1])


def _barring(name: str) -> Callable[[Ways, float, Mapping[str, Any]], str]:
    """Rules a prediction out because of an argument that is no obstacle."""
    return lambda ways, second, request: (
        _choose(_unpredicted(ways), second, request)
        if request.get(name)
        else _choose(ways, second, request)
    )


_ARGUMENTS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("tools", (None, [], [{"type": "function"}])),
    ("logprobs", (None, False, True)),
    ("max_completion_tokens", (None, 900)),
    ("n", (None, 1, 2)),
    ("stream", (True, False)),
    ("max_tokens", (900,)),
)


def _any_ways(pick: Pick) -> tuple[Ways, float, dict[str, Any]]:
    names = pick.shuffled(("whole", "predicted", "search/replace"))
    ways = {name: (pick.amount(0, 0.3, 2), float(pick.whole(0, 60))) for name in names}
    second = pick.one_of((0.0, 0.01, 0.001, 0.1))
    sums = [Fraction(str(usd)) + Fraction(str(second)) * int(s) for usd, s in ways.values()]
    if second and len(set(sums)) < len(sums):  # equal sums that floats may take for different
        raise NotAllowed
    request = {}
    for name, values in pick.shuffled(_ARGUMENTS)[: pick.whole(0, 3)]:
        request[name] = pick.one_of(values)
    return ways, second, request


_NEVER: Ways = {"predicted": (2.0, 2.0)}
_HERE: Ways = {"whole": (0.015, 60.0), "predicted": (0.016, 2.0), "search/replace": (0.006, 16.0)}

CHOOSE = Function(
    id="8.5",
    expected=_choose,
    draw=_any_ways,
    draws=400,
    by_hand=(
        # 0.015, 0.016, 0.006
        ((_HERE, 0.0, {}), "search/replace"),
        # at 0.01 a second: 0.615, 0.036, 0.166
        ((_HERE, 0.01, {}), "predicted"),
        ((_HERE, 0.01, {"stream": True}), "predicted"),
        ((_HERE, 0.01, {"tools": [{"type": "function"}]}), "search/replace"),
        ((_HERE, 0.01, {"n": 1, "tools": []}), "predicted"),
        ((_HERE, 0.01, {"n": None, "logprobs": False}), "predicted"),
        ((_HERE, 0.01, {"n": 2}), "search/replace"),
        # 0.5 + 2 x 0.25 = 0.25 + 3 x 0.25 = 1: the first
        (({"whole": (0.5, 2.0), "search/replace": (0.25, 3.0)} | _NEVER, 0.25, {}), "whole"),
        # 0.005 + 20 x 0.001 = 0.025 against 0.036, 0.032: the whole file is cheapest
        (
            (
                {
                    "predicted": (0.034, 2.0),
                    "whole": (0.005, 20.0),
                    "search/replace": (0.016, 16.0),
                },
                0.001,
                {},
            ),
            "whole",
        ),
    ),
    misconceptions=(
        (
            _of_all_ways,
            "You sent a prediction that the API refuses: look at the request.",
        ),
        (
            lambda ways, second, request: _choose(ways, second, {**request, "n": None}),
            "You did not look at `n`: a prediction does not go with more than one.",
        ),
        (
            _by_none,
            "You looked only for None: `False` and an empty list are not given either.",
        ),
        (
            lambda ways, second, request: max(
                _allowed(ways, request), key=lambda way: ways[way][0] + ways[way][1] * second
            ),
            "You took the dearest way: the one that costs least in all is wanted.",
        ),
        (
            _cheapest,
            "You compared cost alone: a second of waiting has a price too.",
        ),
        (
            _soonest,
            "You took the soonest way, whatever a second is worth.",
        ),
        (
            _barring("stream"),
            "You ruled a stream out: predictions stream, and there they are felt most.",
        ),
        (
            _barring("max_tokens"),
            "You ruled `max_tokens` out: it is `max_completion_tokens` that does not go with one.",
        ),
        (
            _by_names,
            "You looked only whether an argument is there: `n` of 1 and an empty list of tools are "
            "no obstacle.",
        ),
        (_by_truth, "You took any `n` for an obstacle: 1 is what a call has without it."),
        (
            _whole_instead,
            "You took the whole file where a prediction is refused: compare the other two.",
        ),
    ),
    tolerance=0,
    explanation="Put a price on a second, add it up, and leave out what the API refuses.",
    hints=(
        "What does a way cost in all, when each second of waiting has a price?",
        "Before you compare: does the request hold anything that a prediction does not go with?",
        "An empty list of tools and `n` of 1 are no obstacle; neither is a stream.",
    ),
    right=(
        _choose,
        lambda ways, second, request: sorted(
            _allowed(ways, request), key=lambda way: ways[way][0] + ways[way][1] * second
        )[0],
    ),
)

# --- 8.6 Savings in an order --------------------------------------------------------------------

Bills = dict[frozenset[str], float]


def _in_order(order: list[str], bills: Bills) -> list[float]:
    pulled: frozenset[str] = frozenset()
    savings = []
    for name in order:
        savings.append(bills[pulled] - bills[pulled | {name}])
        pulled |= {name}
    return savings


def _each_alone(order: list[str], bills: Bills) -> list[float]:
    return [bills[frozenset()] - bills[frozenset({name})] for name in order]


def _each_last(order: list[str], bills: Bills) -> list[float]:
    everything = frozenset(order)
    return [bills[everything - {name}] - bills[everything] for name in order]


def _steps(order: list[str], bills: Bills) -> list[float]:
    return [bills[frozenset(order[: i + 1])] for i in range(len(order))]


def _from_the_plan(order: list[str], bills: Bills) -> list[float]:
    return [bills[frozenset()] - left for left in _steps(order, bills)]


def _never_below_zero(order: list[str], bills: Bills) -> list[float]:
    return [max(0, saved) for saved in _in_order(order, bills)]


def _any_order(pick: Pick) -> tuple[list[str], Bills]:
    names = pick.shuffled("abcd"[: pick.whole(0, 4)])
    sets = [frozenset[str]()]
    for name in names:
        sets += [pulled | {name} for pulled in sets]
    return pick.shuffled(names), {pulled: pick.amount(0, 900, 2) for pulled in sets}


_HAND: Bills = {
    frozenset(): 100.0,
    frozenset({"cache"}): 40.0,
    frozenset({"shorten"}): 70.0,
    frozenset({"cache", "shorten"}): 31.0,
}

IN_ORDER = Function(
    id="8.6",
    expected=_in_order,
    draw=_any_order,
    draws=80,
    by_hand=(
        # 100 - 40, then 40 - 31; the other way round 100 - 70, then 70 - 31
        ((["cache", "shorten"], _HAND), [60.0, 9.0]),
        ((["shorten", "cache"], _HAND), [30.0, 39.0]),
    ),
    misconceptions=(
        (
            _each_alone,
            "You measured each lever alone against the plan: these do not add up to what is saved.",
        ),
        (
            _each_last,
            "You measured each lever as the last one: that is what is lost when it is undone.",
        ),
        (_steps, "Those are the bills that are left after each lever: the savings lie between."),
        (
            _from_the_plan,
            "You measured each bill against the plan: each lever then has what those before it "
            "saved, too.",
        ),
        (_never_below_zero, "You left out the levers that make the bill rise: theirs is below 0."),
    ),
    explanation="Each lever is measured against what the ones before it left; in any order the "
    "savings add up to the same.",
    hints=(
        "What is the bill before the second lever is pulled? Not the plan.",
        "Keep a set of the levers pulled so far; `bills` has the month for each such set.",
        "For each lever in turn: the bill before it minus the bill with it.",
    ),
    right=(
        _in_order,
        lambda order, bills: [
            bills[frozenset(order[:i])] - bills[frozenset(order[: i + 1])]
            for i in range(len(order))
        ],
    ),
)

EXERCISES = (BY_HAND, LARGEST, CAPSTONE, COSTS, CHOOSE, IN_ORDER)
