"""Make the month of traffic that lessons 4 and 5 explore: what a ledger recorded of it.

    python data/build_ledger.py

writes `ledger/calls.csv.gz`, `ledger/incidents.csv` and `ledger/wasted.csv.gz` beside this file;
README.md there describes them. It is a sample of the running example's bank: one customer in a
hundred, with all of their calls. Every row is a real call of the Anthropic SDK on the offline
provider. Each day is an organisation of its own, so that `day(17)` alone gives the rows of that
day. A few minutes; the same bytes each time.
"""

from __future__ import annotations

import gzip
import heapq
import itertools
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import anthropic
import numpy as np
import pandas as pd

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from costlib.bank.traffic import (  # noqa: E402
    DAYS,
    FIRST_DAY,
    MODEL,
    NIGHT,
    QUESTIONS_A_DAY,
    SMALLER,
    SUMMARIES_A_DAY,
    SUMMARY_INSTRUCTION,
    handbook,
    questions,
    tools,
    trace,
)
from costlib.pricing.cost import cost_of  # noqa: E402
from costlib.provider import Provider, connect  # noqa: E402
from costlib.provider.clock import Clock  # noqa: E402
from costlib.tokens.encodings import load_encoding  # noqa: E402
from costlib.tokens.text import tokenizer_of  # noqa: E402
from costlib.tracking.clients import prompt_hash, tags, track  # noqa: E402
from costlib.tracking.ledger import Call, Ledger  # noqa: E402
from costlib.usage.read import Usage, read_usage  # noqa: E402

SEED = 4
SHARE = 100  # one customer in so many
CUSTOMERS = 1_500
MAX_TOKENS = 4_096

# The shape of a day and of a week: modelled, in requests of a relative size for each hour (UTC).
WEEKDAY = (1, 1, 1, 1, 1, 2, 4, 8, 13, 17, 18, 17, 15, 15, 16, 17, 17, 16, 14, 12, 10, 7, 4, 2)
WEEKEND = (2, 2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 13, 13, 12, 12, 12, 12, 13, 13, 12, 10, 8, 5, 3)
DAY_NOISE = 0.06  # standard deviation of a day's volume around that of its day of the week

# What is not an incident: the provider refuses or stalls an attempt now and then, and once for
# an hour; the SDK tries again by itself. A customer taps "send" twice.
FAILURES = 0.012
KINDS = (429, 429, 429, 429, 529, 529, 529, 500, 500, "timeout")
OUTAGE = (datetime(2026, 10, 28, 14, tzinfo=UTC), timedelta(hours=1), 0.45)
TAPS = (0.985, 0.013, 0.002)  # none, one, or two more

# The incidents.
BROKEN_FORM = (datetime(2026, 11, 14, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))
BROKEN_FOR = (
    "card_payment_not_recognised",
    "transaction_charged_twice",
    "extra_charge_on_statement",
)
TRIES = 16  # after which the agent gives up and hands over
PAGE_SINCE = datetime(2026, 11, 5, 9, 30, tzinfo=UTC)
BACKFILL = (datetime(2026, 11, 10, 22, tzinfo=UTC), 3, 800)  # first night, nights, tickets a night

DISPUTES = (
    *BROKEN_FOR, "card_payment_wrong_exchange_rate", "cash_withdrawal_not_recognised",
    "direct_debit_payment_not_recognised", "wrong_amount_of_cash_received", "Refund_not_showing_up",
)  # fmt: skip
TAG, TAG_LENGTH = "\n\nWhich one?", 12
FORM = "\n\nFill in the dispute form for this as one JSON object and nothing else."


@dataclass(frozen=True)
class Ask:
    """A call that somebody will make: when, who, for what, and how long it and its reply are.

    `context` and `reply` are a row of the trace. `text` is what is asked; `form` says whether the
    reply must be JSON; `page` is what the help page adds to the prompt.
    """

    at: datetime
    user: str
    feature: str
    project: str
    run: str
    text: str
    context: int
    reply: int
    form: bool = False
    page: str = ""
    again: int = 0  # how often this has been asked before, in a loop or by a second tap

    @property
    def tags(self) -> dict[str, str]:
        """What the ledger is told about the call."""
        return {name: getattr(self, name) for name in ("user", "feature", "project", "run")}


# --- What is asked, and when ------------------------------------------------------------------


@cache
def volumes() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Questions and summaries of each day; together one in SHARE of the month's."""
    rng = np.random.default_rng(SEED)
    days = [FIRST_DAY + timedelta(days=n) for n in range(DAYS)]
    size = np.array([sum(WEEKEND if day.weekday() >= 5 else WEEKDAY) for day in days], float)
    size *= np.array([0.85 if day.weekday() == 6 else 1 for day in days])
    size *= np.exp(rng.normal(0, DAY_NOISE, DAYS))
    return tuple(
        tuple(int(n) for n in rng.multinomial(DAYS * a_day // SHARE, size / size.sum()))
        for a_day in (QUESTIONS_A_DAY, SUMMARIES_A_DAY)
    )


def asks_of(number: int) -> tuple[list[Ask], list[list[Ask]], list[Ask]]:
    """What is planned for a day: single calls, nightly batches of summaries, and the backfill."""
    rng = np.random.default_rng([SEED, number])
    start = datetime.combine(FIRST_DAY, time(), UTC) + timedelta(days=number)
    asked, category = (questions()[name].tolist() for name in ("text", "category"))
    pairs = trace()[["ContextTokens", "GeneratedTokens"]].to_numpy()
    weights = 1 / (np.arange(CUSTOMERS) + 20) ** 0.8
    weights /= weights.sum()
    hours = np.array(WEEKEND if start.weekday() >= 5 else WEEKDAY, float)

    single: list[Ask] = []
    for conversation in itertools.count():
        left = volumes()[0][number] - len(single)
        if left <= 0:
            break
        hour = rng.choice(24, p=hours / hours.sum())
        at = start + timedelta(seconds=float(hour * 3600 + rng.integers(0, 3600)))
        who = {"user": f"customer-{rng.choice(CUSTOMERS, p=weights):04d}"}
        on_page = rng.random() < 0.4
        # The history grows within a conversation: its rows of the trace by length of context.
        turns = min(left, int(rng.geometric(0.6)))
        rows = sorted(rng.integers(0, len(pairs), turns), key=lambda row: pairs[row, 0])
        for row in rows:
            which = int(rng.integers(0, len(asked)))
            about = {
                "text": asked[which],
                "context": int(pairs[row, 0]),
                "reply": int(pairs[row, 1]),
            }
            if category[which] in DISPUTES:
                single.append(
                    Ask(at, feature="dispute-form", project="disputes",
                        run=f"form-{number:02d}-{conversation:03d}-{len(single):03d}", form=True,
                        **who, **about | {"text": asked[which] + FORM})
                )  # fmt: skip
            else:
                feature = "help-page" if on_page else "app-chat"
                page = help_page(category[which]) if on_page and at >= PAGE_SINCE else ""
                single.append(
                    Ask(at, feature=feature, project="support", page=page,
                        run=f"chat-{number:02d}-{conversation:03d}", **who, **about)
                )  # fmt: skip
            taps = int(rng.choice(3, p=TAPS)) if not single[-1].form else 0
            for tap in range(min(taps, volumes()[0][number] - len(single))):
                later = timedelta(seconds=float(rng.integers(2, 20)) * (tap + 1))
                single.append(replace(single[-1], at=at + later, again=tap + 1))
            at += timedelta(seconds=float(60 + rng.exponential(90)))
    batches: list[list[Ask]] = []
    for hour, size in zip(
        range(*NIGHT),
        rng.multinomial(volumes()[1][number], [1 / (NIGHT[1] - NIGHT[0])] * (NIGHT[1] - NIGHT[0])),
        strict=True,
    ):
        at = start + timedelta(hours=hour)
        rows = rng.integers(0, len(pairs), size)
        batches.append(
            [
                Ask(at, "nightly-job", "ticket-summary", "back-office",
                    f"summary-{number:02d}-{hour}-{n:02d}", SUMMARY_INSTRUCTION,
                    *map(int, pairs[row]))
                for n, row in enumerate(rows)
            ]
        )  # fmt: skip
    backfill: list[Ask] = []
    first, nights, tickets = BACKFILL
    if 0 <= (start.date() - first.date()).days < nights:
        at = datetime.combine(start.date(), first.timetz())
        for n in range(tickets):
            which, row = int(rng.integers(0, len(asked))), int(rng.integers(0, len(pairs)))
            backfill.append(
                Ask(at + timedelta(seconds=n * 4), "s.okafor", "tagging", "back-office",
                    f"tagging-{number:02d}", asked[which] + TAG, int(pairs[row, 0]),
                    len(category[which]))
            )  # fmt: skip
    return single, batches, backfill


@cache
def help_page(category: str) -> str:
    """The page that a customer looks at, as its HTML: navigation, and a section of the handbook.

    Which section belongs to which intent does not matter here; the pages differ in length.
    """
    sections = handbook().split("\n## ")[1:]
    links = "".join(
        f'<li class="nav-item"><a href="/help/{n}">{text.splitlines()[0]}</a></li>'
        for n, text in enumerate(sections)
    )
    body = sections[sum(category.encode()) % len(sections)]
    return f'<html><body><nav><ul class="nav">{links}</ul></nav><main>{body}</main></body></html>'


# --- Prompts and replies of a given length ----------------------------------------------------


class Words:
    """Texts of so many tokens of the model: the handbook's own words, from anywhere in it."""

    def __init__(self) -> None:
        tokenizer = tokenizer_of(MODEL)
        self.factor = tokenizer.factor
        self.encoding = load_encoding(tokenizer.encoding)
        # Plain words only, so that a text cut between two tokens still counts as many.
        plain = " ".join(word for word in handbook().split() if word.strip(".,").isalpha())
        self.tokens = self.encoding.encode_ordinary(plain) * 4

    def encoded(self, count: int, start: int) -> str:
        """Words of `count` tokens of the public encoding."""
        start %= len(self.tokens) // 4
        text = self.encoding.decode(self.tokens[start : start + count]).strip()
        over = len(self.encoding.encode_ordinary(text)) - count
        return self.encoding.decode(self.tokens[start : start + count - over]).strip()

    def written(self, count: int, start: int) -> str:
        """Words of `count` tokens of the model."""
        return self.encoded(max(1, round(count / self.factor)), start)

    def conversation(self, count: int, start: int) -> list[dict[str, str]]:
        """Messages of customer and assistant that are `count` tokens of the model together."""
        framing = 4  # tokens of the model for each message, see costlib.tokens
        turns = max(1, min(8, count // 400))
        left = round((count - 2 * turns * framing) / self.factor)
        if left < 4 * turns:
            return []
        messages = []
        for turn in range(turns):
            said = max(1, min(20, left // (4 * (turns - turn))))
            answered = left // (turns - turn) - said
            for role_, size in (("user", said), ("assistant", answered)):
                start += 37
                messages.append({"role": role_, "content": self.encoded(size, start)})
            left -= said + answered
        return messages


def prompt_of(ask: Ask, words: Words, start: int) -> dict[str, Any]:
    """The request: the bank's handbook and tools, a history as long as the context, the text."""
    asked: Any = ask.text
    if ask.page:
        asked = [
            {"type": "text", "text": "The customer is looking at this page:\n" + ask.page},
            {"type": "text", "text": ask.text},
        ]
    prompt = {
        "model": MODEL,
        "max_tokens": MAX_TOKENS,
        "output_config": {"effort": "low"},
        "messages": [
            *words.conversation(ask.context, start),
            {"role": "user", "content": asked},
        ],
    }
    if ask.feature == "tagging":
        intents = ", ".join(sorted(set(questions()["category"])))
        return prompt | {"system": f"Say which of these the customer means: {intents}."}
    return prompt | {"system": handbook(), "tools": tools()}


def reply_to(ask: Ask, words: Words, thought: int, start: int) -> str:
    """What the model writes: as long, with the thinking before it, as the trace's reply."""
    text = words.written(max(1, ask.reply - thought), start)
    if ask.feature == "tagging":
        return intents()[ask.text.removesuffix(TAG)]
    if not ask.form:
        return text
    form = json.dumps({"reason": "not_recognised", "description": text})
    category = ask.text.removesuffix(FORM)
    broken = BROKEN_FORM[0] <= ask.at < BROKEN_FORM[1] and intents()[category] in BROKEN_FOR
    return f"Here is the form:\n```json\n{form}" if broken else form


@cache
def intents() -> dict[str, str]:
    """The intent of each question."""
    return dict(questions()[["text", "category"]].itertuples(index=False, name=None))


# --- A day at the bank ------------------------------------------------------------------------


class Day:
    """One day's calls, made one after the other in the order of their time."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.words = Words()
        start = datetime.combine(FIRST_DAY, time(), UTC) + timedelta(days=number)
        self.provider = Provider(seed=SEED, clock=Clock(start))
        self.provider.reply = lambda body: self.replies[_key(body)]
        self.ledger = Ledger()
        client = connect("anthropic", provider=self.provider).with_options(timeout=30)
        self.client = track(client, self.ledger)
        # Where a prompt is tried before it is sent: thinking and length are the same there.
        self.trial = connect("anthropic", provider=Provider(seed=SEED, reply=lambda _: "Yes."))
        self.replies: dict[str, str] = {}
        self.prompts: dict[tuple[str, str, int], dict[str, Any]] = {}
        self.order = itertools.count()
        self.due: list[tuple[datetime, int, Any, Any]] = []
        self.asks: list[Ask] = []  # whose each row of the ledger is

    def run(self, hours: float) -> None:
        """Make the calls of the first `hours` of the day."""
        end = self.provider.clock.now + timedelta(hours=hours)
        single, batches, backfill = asks_of(self.number)
        for ask in single + backfill:
            self.plan(ask.at, self.send, ask)
        for batch in batches:
            self.plan(batch[0].at, self.send_batch, batch)
        while self.due and self.due[0][0] < end:
            at, _, do, what = heapq.heappop(self.due)
            self.provider.clock.advance_to(at)
            do(what)

    def plan(self, at: datetime, do: Any, what: Any) -> None:
        heapq.heappush(self.due, (at, next(self.order), do, what))

    def prepare(self, ask: Ask) -> dict[str, Any]:
        """The request, and the reply that it will get.

        Claude thinks as it likes (effort low), and thinking is output. The trace's reply has a
        length for both, so the words of the history are drawn until the thinking fits into it.
        """
        key = ask.run, ask.text, ask.context
        if key not in self.prompts:
            starts = np.random.default_rng([SEED, self.number, len(self.prompts)])
            for start in starts.integers(0, 1_000_000, 60).tolist():
                prompt = prompt_of(ask, self.words, start)
                trial = {name: part for name, part in prompt.items() if name != "tools"}
                details = self.trial.messages.create(**trial).usage.output_tokens_details
                if details.thinking_tokens < ask.reply:
                    break
            self.prompts[key] = prompt
            self.replies[_key(prompt)] = reply_to(ask, self.words, details.thinking_tokens, start)
        return self.prompts[key]

    def send(self, ask: Ask) -> None:
        """One call; a form that is not JSON is asked for again, as the agent does."""
        now, failures = self.provider.clock.now, self.provider.failures
        if OUTAGE[0] <= now < OUTAGE[0] + OUTAGE[1]:
            failures.at_rate(OUTAGE[2], (529,))
        else:
            failures.at_rate(FAILURES, KINDS)
        prompt = self.prepare(ask)
        before = self.attempts()
        message = None
        with tags(**ask.tags), suppress(anthropic.APIError):
            # After the SDK's third attempt the customer is asked to come back.
            message = self.client.messages.create(**prompt)
        self.asks += [ask] * (self.attempts() - before)
        if message is None or not ask.form:
            return
        try:
            json.loads(message.content[-1].text)
        except ValueError:
            if ask.again + 1 < TRIES:
                wait = self.provider.log[-1].latency + 1
                at = self.provider.clock.now + timedelta(seconds=wait)
                self.plan(at, self.send, replace(ask, at=at, again=ask.again + 1))

    def attempts(self) -> int:
        """The attempts so far that a transport saw."""
        return sum(record.tier_served != "batch" for record in self.provider.log)

    def send_batch(self, batch: list[Ask]) -> None:
        """A night's summaries, at half the price; they are there half an hour later."""
        requests = [{"custom_id": ask.run, "params": self.prepare(ask)} for ask in batch]
        order = self.client.messages.batches.create(requests=requests)
        self.plan(order.created_at + timedelta(minutes=30), self.fetch, (order.id, batch))

    def fetch(self, ordered: tuple[str, list[Ask]]) -> None:
        """The results of a batch, which no transport sees: each message is entered by hand."""
        name, batch = ordered
        for ask, line in zip(batch, self.client.messages.batches.results(name), strict=True):
            message = line.result.message
            self.ledger.record(
                Call(
                    time=self.provider.clock.now,
                    provider="anthropic",
                    model=message.model,
                    usage=read_usage(message),
                    operation="messages",
                    request_id=message.id,
                    call_id=message.id,
                    finish_reason=message.stop_reason,
                    prompt_hash=prompt_hash(self.prepare(ask)),
                    **ask.tags,
                )
            )
            self.asks.append(ask)

    # --- What was wasted, which no ledger knows -----------------------------------------------

    def truth(self) -> pd.DataFrame:
        """The rows of the day, with the incident that took each of them and what it wasted.

        Loop: every call after the first. Page: the tokens of the page. Backfill: what it cost
        above the same model's batch tier; `cheaper_pusd` is what the small model, in a batch,
        would have cost less than that. Pico-dollars.
        """
        rows = self.ledger.frame().sort_values("id", ignore_index=True)
        wasted = [
            self.wasted(ask, Usage(input_tokens=row.input_tokens, output_tokens=row.output_tokens))
            for ask, row in zip(self.asks, rows.itertuples(), strict=True)
        ]
        return rows.join(pd.DataFrame(wasted, columns=["incident", *AMOUNTS]))

    def wasted(self, ask: Ask, usage: Usage) -> tuple[str, int, int, int]:
        """The incident, the tokens, the pico-dollars, and the further ones of a smaller model."""
        cost = _pico(usage)
        if ask.form and ask.again:
            return "form-loop", usage.input_tokens + usage.output_tokens, cost, 0
        if cost and ask.page:
            extra = self.length(ask, page=True) - self.length(ask, page=False)
            return "page-in-prompt", extra, _pico(Usage(input_tokens=extra)), 0
        if ask.feature == "tagging":
            batch = replace(usage, tier="batch")
            small = _pico(batch, SMALLER[-1])
            return "backfill-on-flagship", 0, cost - _pico(batch), _pico(batch) - small
        return "", 0, 0, 0  # of a refused attempt too, unless the incident made it

    def length(self, ask: Ask, *, page: bool) -> int:
        """The input tokens of a request with its page or without, by the API's free count."""
        prompt = self.prepare(ask)
        *history, last = prompt["messages"]
        content = last["content"] if page else last["content"][-1:]
        return self.trial.messages.count_tokens(
            model=MODEL,
            system=prompt["system"],
            messages=[*history, {"role": "user", "content": content}],
        ).input_tokens


def _key(body: dict[str, Any]) -> str:
    return json.dumps([body.get("system"), body["messages"]])


def _pico(usage: Usage, model: str = MODEL) -> int:
    return int(cost_of(usage, model, at=FIRST_DAY).total.scaleb(12))


AMOUNTS = ("wasted_tokens", "wasted_pusd", "cheaper_pusd")


# --- The files --------------------------------------------------------------------------------

INCIDENTS = {
    "form-loop": (
        "retry loop",
        "The dispute agent asks for a form as JSON, gets it inside a code fence, cannot read it, "
        f"and asks the same again at once, up to {TRIES} times",
    ),
    "page-in-prompt": (
        "context waste",
        "Since a release, the help page sends its own HTML along with each question; the handbook "
        "in the prompt says the same",
    ),
    "backfill-on-flagship": (
        "over-provisioned",
        "On three evenings closed tickets are tagged with one of 77 intents by the flagship, at "
        "standard tier, although nobody waits for it",
    ),
}


def day(number: int, hours: float = 48) -> pd.DataFrame:
    """The rows of a day, 0 to 29: those of the ledger, and what was wasted, by an incident.

    `hours` ends it early. What was begun before midnight ends after it.
    """
    made = Day(number)
    made.run(hours)
    return made.truth()


def incidents(rows: pd.DataFrame) -> pd.DataFrame:
    """One row an incident: when it was, which calls it took, and what they wasted."""
    found = []
    for name, (kind, what) in INCIDENTS.items():
        mine = rows[rows["incident"] == name]
        usd = {
            part: f"{mine[f'{part}_pusd'].sum() / 10**12:.12f}" for part in ("wasted", "cheaper")
        }
        found.append(
            {
                "incident": name,
                "kind": kind,
                "first": mine["time"].min().isoformat(),
                "last": mine["time"].max().isoformat(),
                "feature": mine["feature"].iloc[0],
                "calls": len(mine),
                "wasted_usd": usd["wasted"],
                "cheaper_usd": usd["cheaper"],
                "what": what,
            }
        )
    return pd.DataFrame(found)


def write(name: str, frame: pd.DataFrame) -> None:
    """A CSV file; a compressed one without the date that would make it differ each time."""
    text = frame.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%dT%H:%M:%S.%fZ")
    path = HERE / "ledger" / name
    path.parent.mkdir(exist_ok=True)
    content = text.encode()
    path.write_bytes(gzip.compress(content, 9, mtime=0) if name.endswith(".gz") else content)
    print(f"{name}: {len(frame):,} rows, {path.stat().st_size:,} bytes")


def month() -> pd.DataFrame:
    """All days, numbered in the order of time.

    An SDK call's id is random; here it is the number of its first attempt, so that two builds
    give the same bytes.
    """
    with ProcessPoolExecutor() as pool:
        rows = pd.concat(pool.map(day, range(DAYS)), ignore_index=True)
    rows = rows.sort_values(["time", "id"], kind="stable", ignore_index=True)
    rows["id"] = rows.index + 1
    rows["rate_valid_from"] = rows["rate_valid_from"].dt.date
    rows["call_id"] = "call-" + rows.groupby("call_id")["id"].transform("min").astype(str)
    return rows


def main() -> None:
    rows = month()
    about = ["incident", *AMOUNTS]
    write("calls.csv.gz", rows.drop(columns=about))
    write("wasted.csv.gz", rows.loc[rows["incident"] != "", ["id", *about]])
    write("incidents.csv", incidents(rows))


if __name__ == "__main__":
    main()
