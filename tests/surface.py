# ruff: noqa: F821  # an annotation of a play is the name of a row of KINDS
"""How `course/test_public_surface.py` calls each name of costlib's faces, or why it does not.

`OWN` has values for an argument that only its function can use; `PLAYS` does in one call what a
class is for (open a budget, reserve, settle); `LEFT_OUT` says why a name is not called. Every other
name is called with values of the kinds that its annotations name.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
import warnings
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import surface_values as values
from hypothesis import strategies as st
from surface_values import KINDS, NAMES, REAL, TEXTS, WHOLE, damaged, files, frames

from costlib import agents, alerts, audit, bank, budgets, prediction, provider, tracking
from costlib.calculators.base import Calculator
from costlib.paths import ROOT
from costlib.provider.transport import OfflineTransport
from costlib.tokens.text import count_text
from costlib.tracking.ledger import Ledger
from costlib.tracking.periods import find_zone

# --- What a class is for, in one call ---------------------------------------------------------


def play_budget(
    limits: Limits, usd: USD, cost: USD, user: object, run: object, lease: timedelta, now: datetime
) -> Any:
    budget = budgets.Budget("sqlite://", limits, lease=lease, clock=lambda: now)
    try:
        with budget.reserve(usd, user=user, run=run) as reservation:
            reservation.settle(cost)
        return budget.accounts(user=user, run=run)
    finally:
        budget.close()


def play_run(name: object, child: object, cap: USD, usd: USD) -> Any:
    budget = budgets.Budget("sqlite://", [])
    try:
        budget.run(name, cap=cap).child(child, cap=cap).reserve(usd).release()
        budget.stop("why", run=name)
        budget.resume(run=name)
        return budget.run(name).accounts()
    finally:
        budget.close()


def play_budget_address(url: str, zone: str) -> Any:
    budgets.Budget(address(url), [], zone=zone).close()


def play_loop_guard(repeats: int, window: int, moves: Moves) -> Any:
    guard = budgets.LoopGuard(repeats, window)
    for move in moves:
        guard.see(move)


def play_ledger(call: Fields, sql: str, start: datetime, where: object) -> Any:
    ledger = Ledger()
    ledger.record(call)
    ledger.frame(start, user=where)
    ledger.reprice()
    return ledger.query(sql)


def play_ledger_address(url: str) -> Any:
    Ledger(address(url)).close()


def play_track(vendor: Vendor, body: Body, user: str, feature: str, run: str) -> Any:
    ledger = Ledger()
    client = tracking.track(provider.connect(vendor), ledger, user=user, feature=feature)
    with tracking.tags(run=run):
        ask(client, vendor, body)
    return ledger.frame()


def play_connect(vendor: str, seed: int, at: date, body: Body) -> Any:
    ask(provider.connect(vendor, seed=seed, at=at), vendor, body)


def play_connect_async(vendor: str, seed: int, at: date) -> Any:
    return provider.provider_of(provider.connect_async(vendor, seed=seed, at=at)).clock


def play_transport(vendor: Vendor, route: Route, content: Content) -> Any:
    """Anybody's bytes over the wire are answered, in JSON, whatever they are."""
    client = provider.connect(vendor)
    transport = client._client._transport
    assert isinstance(transport, OfflineTransport)
    method, path = route
    request = httpx2.Request(
        method,
        f"https://{vendor}.offline{path}",
        content=content,
        headers={"content-type": "application/json"},
    )
    answer = transport.handle_request(request)
    answer.read()
    assert 200 <= answer.status_code < 600 and answer.status_code != 500, answer.text[:300]


def play_clock(start: datetime, forward: float, until: datetime) -> Any:
    clock = provider.Clock(start)
    clock.advance(days=forward)
    clock.advance_to(until)
    return clock.now()


def play_failures(steps: Steps, rate: float) -> Any:
    client = provider.connect("openai")
    failures = provider.provider_of(client).failures
    failures.at_rate(rate)
    failures.script(*steps)


def play_messenger(address: str, budget: float) -> Any:
    rule = alerts.Threshold(budget)
    sender = alerts.Messenger(Ledger(), address, attempts=1, wait=lambda seconds: None)
    return sender.send_all(alerts.fires(rule, alerts.hourly(values.frame_of_calls()))[:1])


def play_webhook(statuses: Statuses) -> Any:
    with alerts.Webhook(statuses) as webhook:
        return webhook.address


def play_script(model: str, turns: Turns, cache: str, compact_at: int, max_tokens: int) -> Any:
    script = agents.Script(
        "task",
        turns,
        tools=({"name": "look", "description": "d", "input_schema": {"type": "object"}},),
    )
    vendor = "anthropic" if "claude" in model else "openai"
    client = provider.connect(vendor)
    provider.provider_of(client).reply = agents.follow(script)
    return agents.play(
        client, Ledger(), script, model, cache=cache, compact_at=compact_at, max_tokens=max_tokens
    )


def play_descend(limits: Limits, usd: Decimal, user: str) -> Any:
    from costlib.budgets.degrade import Step

    budget = budgets.Budget("sqlite://", limits)
    try:
        return budgets.descend(budget, [Step("as planned", usd, "x")], user=user)
    finally:
        budget.close()


def play_figure(title: str, alt: str, rows: object) -> Any:
    from costlib.display import figures

    with figures.figure(title, alt=alt, numbers=rows, show=str) as (_, axis):
        axis.plot([0, 1])


def play_audit(path: Exported, since: date, until: date, zone: str, top: int) -> Any:
    return str(audit.audit(path, since=since, until=until, zone=zone, top=top))


def play_month_report(calls: pd.DataFrame, month: Month, zone: str, title: str) -> Any:
    return bank.month_report(calls, month, zone=zone, title=title).document()


def ask(client: Any, vendor: str, body: dict[str, Any]) -> None:
    """A request with these fields; what the SDK or the offline API refuse is theirs to say."""
    import anthropic
    import openai

    create = client.messages.create if vendor == "anthropic" else client.chat.completions.create
    try:
        create(**body)
    except (openai.APIStatusError, anthropic.APIStatusError) as error:
        assert error.status_code < 500, error
    except TypeError:
        pass  # what the SDK itself says of an argument


def address(url: str) -> str:
    """A database in a folder of the test's own, whatever it is called."""
    return url if "://" in url else str(values.FOLDER / "ledgers" / url)


PLAYS: dict[str, Callable[..., Any] | tuple[Callable[..., Any], ...]] = {
    "agents.Script": play_script,
    "audit.audit": play_audit,
    "bank.month_report": play_month_report,
    "alerts.Messenger": play_messenger,
    "alerts.Webhook": play_webhook,
    "budgets.Budget": (play_budget, play_budget_address),
    "budgets.LoopGuard": play_loop_guard,
    "budgets.Run": play_run,
    "budgets.descend": play_descend,
    "display.figures.figure": play_figure,
    "provider.Clock": play_clock,
    "provider.Failure": (provider.Failure, play_failures),
    "provider.Provider": play_transport,
    "provider.connect": play_connect,
    "provider.connect_async": play_connect_async,
    "tracking.Ledger": (play_ledger, play_ledger_address),
    "tracking.track": play_track,
}

# Names that a play covers, besides the one that it stands under.
PLAYED = {
    "audit.Audit": "audit.audit",
    "bank.LedgerReport": "bank.month_report",
    "pricing.OwnCost": "pricing.own_cost_of",
    "pricing.OwnRates": "pricing.read_own_rates",
    "agents.Turn": "agents.Script",
    "agents.follow": "agents.Script",
    "agents.play": "agents.Script",
    "agents.Runs": "agents.runs_of",
    "budgets.Account": "budgets.Budget",
    "budgets.BudgetExceeded": "budgets.Budget",
    "budgets.BudgetStopped": "budgets.Run",
    "budgets.BudgetUnavailable": "budgets.Budget",
    "budgets.Reservation": "budgets.Budget",
    "budgets.RunawayAgent": "budgets.LoopGuard",
    "own_data.Imported": "own_data.import_calls",
    "own_data.Problem": "own_data.read_session_log",
    "own_data.SessionLog": "own_data.read_session_log",
    "pricing.Cost": "pricing.cost_of",
    "pricing.RateCard": "pricing.rate_card",
    "display.figures.Figure": "display.figures.figure",
    "display.figures.image_source": "display.figures.figure",
    "display.figures.CostMap": "display.figures.cost_map",
    "provider.Record": "tracking.track",
    "tracking.waste.Finding": "tracking.waste.retry_loops",
    "provider.provider_of": "provider.connect",
    "tracking.tags": "tracking.track",
}

LEFT_OUT = {
    "bank.month": "40,000 questions a day, by a seed: two seconds by design",
    "bank.local_accuracy": "trains for seconds by design, and takes one share",
    "intents.local_step": "trains for seconds by design",
    "optimization.tried": "trains for seconds by design",
    "optimization.tried_rule": "trains for seconds by design",
    **dict.fromkeys(
        (
            "bank.Report",
            "bank.Target",
            "bank.cheaper_models",
            "bank.quick_wins",
            "bank.as_it_ran",
            "bank.promised",
            "bank.journey",
            "bank.with_batch_hits",
        ),
        "prices 1.4 million requests, by design; tests/bank calls them",
    ),
    "budgets.die_while_reserved": "starts a process and kills it; tests/budgets does",
    "budgets.race_processes": "starts processes, as tests/budgets does",
    "budgets.race_threads": "starts threads, as tests/budgets does",
}

# What draws a picture or a page takes half a second: so many calls of it are enough.
DRAWN = {
    "display.figures.figure (play_figure)": 3,
    "display.figures.dots": 3,
    "display.figures.lines": 3,
    "display.figures.waterfall": 3,
    "audit.audit (play_audit)": 5,
    "calculators.Dashboard": 3,
    "optimization.outcomes": 5,
}

# --- Arguments that only one function can use -------------------------------------------------

MONTH = frames(values.a_month)
KINDS |= {
    "Exported": files(values.CALL_FILES) | files(values.SESSION_FILES),
    "Month": st.sampled_from(["2026-11", "2026-13", "0001-01", "9999-12", "", "x"]) | TEXTS,
    "Amount": KINDS["USD"],
    "OwnRates": st.builds(values.own_rates),
    "Currency": st.none(),
    "Limits": values.LIMITS,
    "Vendor": st.sampled_from(["openai", "anthropic"]),
    "Body": st.builds(
        lambda fields, odd: {**fields, **odd},
        st.just(
            {"model": "gpt-4.1", "messages": [{"role": "user", "content": "x"}], "max_tokens": 20}
        ),
        st.dictionaries(
            st.sampled_from(["model", "messages", "max_tokens", "temperature", "stop"]),
            values.JSON,
            max_size=2,
        ),
    ),
    "Moves": st.lists(values.JSON | values.WRONG, max_size=12),
    "Steps": st.lists(WHOLE | NAMES | st.none(), max_size=3),
    "Statuses": st.lists(st.sampled_from([200, 500, 99, -1, 10**400]), max_size=2),
    "Names": st.lists(
        st.sampled_from([lever.name for lever in bank.LEVERS]) | TEXTS, max_size=3
    ).map(tuple),
    "Turns": st.lists(st.builds(agents.Turn, TEXTS, st.none() | TEXTS, REAL), max_size=3).map(
        tuple
    ),
    "Fields": damaged(
        [
            lambda: {
                "time": "2026-11-22T12:00:00+00:00",
                "provider": "openai",
                "model": "gpt-4.1",
                "usage": {"input_tokens": 1, "output_tokens": 1},
            }
        ]
    )
    | values.calls(),
    "Route": st.sampled_from(
        [
            (method, path)
            for method in ("POST", "GET", "DELETE")
            for path in (
                "/v1/chat/completions",
                "/v1/responses",
                "/v1/messages",
                "/v1/embeddings",
                "/v1/files",
                "/v1/batches",
                "/v1/messages/batches",
                "/v1/messages/count_tokens",
                "/v1/models",
                "/v1/organization/usage/completions?start_time=x",
                "/v1/organizations/usage_report/x",
                "/v1/nothing",
                "/v1/files/%00",
            )
        ]
    ),
    "Content": damaged(
        [
            lambda: {
                "model": "gpt-4.1",
                "messages": [{"role": "user", "content": "x"}],
                "max_tokens": 9,
                "tools": [],
            },
            lambda: {
                "model": "claude-haiku-4-5",
                "max_tokens": 9,
                "system": "s",
                "messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}],
            },
            lambda: {"model": "gpt-4.1", "input": [{"role": "user", "content": "x"}]},
            lambda: {"model": "text-embedding-3-small", "input": ["a", "b"]},
        ]
    ).map(values.as_bytes)
    | st.sampled_from(
        [
            b"",
            b"{",
            b"\xff\xfe",
            b"[" * 200_000,
            b"1e999999",
            b'{"model": 1e999999}',
            b'{"max_tokens": ' + b"9" * 5_000 + b"}",
            b"null",
        ]
    ),
}
OWN: dict[str, st.SearchStrategy[Any]] = {
    "bank.audit.costs": frames(values.frame_of_calls),
    **{
        f"bank.{name}.month": MONTH
        for name in (
            "answer_locally",
            "batch_summaries",
            "bill",
            "cache_prefix",
            "resize_screenshots",
            "shorten_prompts",
            "stop_waste",
        )
    },
    "bank.score.findings": st.just([]),
    "agents.capped.runs": values.some_runs(),
    "agents.outcome.runs": values.some_runs(),
    "agents.capped.cap": KINDS["USD"],
    "agents.runs_of.calls": frames(values.frame_of_calls) | st.lists(values.calls(), max_size=3),
    "budgets.Limit.usd": KINDS["USD"],
    "optimization.oracle.outcomes": frames(values.some_outcomes),
    "intents.at_least.right": WHOLE | REAL | values.ARRAYS,
    "intents.at_least.answered": WHOLE | REAL | values.ARRAYS,
    "display.figures.lines.series": st.dictionaries(
        TEXTS, st.lists(st.tuples(REAL, REAL), max_size=3), max_size=2
    ),
    "display.figures.lines.numbers": st.none(),
    "display.figures.dots.amounts": st.dictionaries(TEXTS, REAL, max_size=3),
    "tracking.waste.false_alarms.detector": st.sampled_from(
        [tracking.waste.retry_loops, tracking.waste.transport_retries]
    ),
    "pricing.read_own_rates.path": files(values.RATES_FILES),
    "display.figures.waterfall.steps": st.lists(st.tuples(TEXTS, REAL), max_size=3),
    "exercises.reveal.guess": values.JSON | values.WRONG,
    "exercises.reveal.answer": REAL | TEXTS,
    "own_data.import_calls.calls": st.lists(values.calls(), max_size=2),
    "own_data.read_calls.path": files(values.CALL_FILES),
    "own_data.read_charges.path": files(values.CALL_FILES),
    "own_data.read_cost_report.source": files(values.COST_FILES)
    | damaged([lambda: values.COST_PAGE])
    | damaged([lambda: [values.COST_PAGE]]),
    "own_data.read_session_log.path": files(values.SESSION_FILES),
    "own_data.read_usage_report.source": files(values.USAGE_FILES)
    | damaged([lambda: values.USAGE_PAGE, lambda: values.ANTHROPIC_PAGE]),
    "prediction.outcome.apply": st.just(lambda before, answer: answer),
    "prediction.request.form": st.builds(lambda: next(iter(prediction.FORMATS.values()))),
    "usage.read_usage.response": values.RESPONSES,
    "usage.named_model.response": values.RESPONSES,
    "usage.reported_cost.response": values.RESPONSES,
    "tracking.allocate.rows": frames(values.frame_of_calls),
    "tracking.allocate.invoice": KINDS["USD"],
    "tracking.allocate.by": NAMES | st.dictionaries(TEXTS, REAL, max_size=2),
    "tracking.allocate.key": st.sampled_from(["user", "feature", "x"]),
    "tracking.period_of.kind": st.sampled_from(["day", "week", "month", "ever", "x"]),
    "tracking.period_of.zone": st.sampled_from(["UTC", "Pacific/Apia"]).map(find_zone),
    "tracking.offer.costs": values.ARRAYS,
    "tracking.reconcile.costs": frames(values.cost_frame),
    "tracking.reconcile.usage": st.lists(values.calls(), max_size=3),
    "alerts.delay.rule": st.just(alerts.Threshold(10.0)) | st.just(alerts.Anomaly()),
    "alerts.fires.rule": st.just(alerts.BurnRate(10.0)) | st.just(alerts.Anomaly()),
    "alerts.false_alarms.rule": st.just(alerts.ForecastToExceed(10.0)),
    "budgets.pack.parts": st.lists(
        st.builds(budgets.Part, TEXTS, st.integers(0, 10**9), st.none() | st.just(0.5)), max_size=3
    ),
    "budgets.ladder.request": st.dictionaries(
        st.sampled_from(["input", "history", "output"]), REAL, min_size=2
    ),
    "budgets.ladder.local": st.just(None),
    "calculators.Dashboard.calls": frames(values.frame_of_calls) | st.none(),
}

# --- The whole of it --------------------------------------------------------------------------

FACES = tuple(sorted(path.parent.name for path in (ROOT / "costlib").glob("*/__init__.pyi")))


def public_names() -> Iterator[tuple[str, Any]]:
    """Every name of every face, and the functions of the modules among them."""
    for room in (*FACES, "exercises"):
        face = importlib.import_module(f"costlib.{room}")
        for name in face.__all__:
            what = getattr(face, name)
            if not inspect.ismodule(what):
                yield f"{room}.{name}", what
                continue
            for inner, found in vars(what).items():
                if inner[0] != "_" and _home(found) == what.__name__:
                    yield f"{room}.{name}.{inner}", found


def _home(what: object) -> str:
    return str(getattr(inspect.unwrap(what) if callable(what) else what, "__module__", ""))


def kind_of(name: str, parameter: inspect.Parameter) -> st.SearchStrategy[Any] | None:
    """Values for a parameter; None where its annotation names a kind that we do not know."""
    own = OWN.get(f"{name}.{parameter.name}")
    if own is not None:
        return own
    text = str(parameter.annotation).strip("'\"").replace("pandas.", "pd.")
    parts = re.split(r" \| (?![^\[]*\])", text)
    known = [KINDS.get(part, KINDS.get(text)) for part in parts]
    found = [kind for kind in known if kind is not None]
    return (
        None
        if len(found) < len(known) and parameter.default is parameter.empty
        else (st.one_of(found) if found else None)
    )


def arguments(name: str, what: Callable[..., Any]) -> st.SearchStrategy[dict[str, Any]] | None:
    """Arguments for a call, one in six of them of a wrong type; None where one is unknown."""
    required, optional = {}, {}
    for parameter in inspect.signature(what).parameters.values():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        found = kind_of(name, parameter)
        if found is None and parameter.default is parameter.empty:
            return None
        if found is not None:
            mixed = st.integers(0, 5).flatmap(lambda n, good=found: good if n < 5 else values.WRONG)
            (required if parameter.default is parameter.empty else optional)[parameter.name] = mixed
    return st.fixed_dictionaries(required, optional=optional)


def calculator(what: type[Calculator]) -> tuple[Callable[..., Any], st.SearchStrategy[Any]]:
    """A calculator with what people set it to, drawn as a page and as text."""
    fields = [] if not hasattr(what, "inputs_type") else dataclasses.fields(what.inputs_type)
    given = {
        field.name: KINDS.get(str(field.type), TEXTS | WHOLE) | values.WRONG | REAL | NAMES
        for field in fields
    }
    return lambda **inputs: repr(what(**inputs)), st.fixed_dictionaries({}, optional=given)


Case = tuple[str, Callable[..., Any], st.SearchStrategy[dict[str, Any]]]


def surface() -> tuple[list[Case], list[str]]:
    """What is called, and the names for which nobody has said how or why not."""
    cases: list[Case] = []
    unknown: list[str] = []
    for name, what in public_names():
        if name in LEFT_OUT or name in PLAYED or not callable(what):
            continue
        if isinstance(what, type) and issubclass(what, Calculator):
            cases.append((name, *calculator(what)))
            continue
        plays = PLAYS.get(name, what)
        for play in plays if isinstance(plays, tuple) else (plays,):
            if not inspect.signature(play).parameters:
                continue
            found = arguments(name if play is what else play.__name__, play)
            if found is None:
                unknown.append(name)
            else:
                cases.append((name if play is what else f"{name} ({play.__name__})", play, found))
    return cases, unknown


def takes_something(what: object) -> bool:
    """Whether a name can be called with anything."""
    if not callable(what):
        return False
    try:
        return bool(inspect.signature(what).parameters)
    except ValueError:  # an exception without a constructor of its own
        return False


def warm() -> None:
    """Load what is loaded once: SDKs, tables, encodings, fonts, what is trained."""
    for vendor in ("openai", "anthropic"):
        play_transport(vendor, ("POST", "/v1/chat/completions"), b"{}")
        play_track(vendor, {"model": "gpt-4.1", "messages": []}, "", "", "")
    for model in ("gpt-4", "gpt-5"):
        count_text("warm", model)
    play_figure("warm", "warm", [{"a": 1}])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _, what in public_names():
            if isinstance(what, type) and issubclass(what, Calculator):
                repr(what())
    bank.answer_locally(values.a_month())
    agents.token_factor("gpt-4.1", "claude-opus-5-5")
