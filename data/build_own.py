"""Make the records of a small team: session logs of a coding tool, and an export of a gateway.

    python data/build_own.py

writes `own/claude_code/`, `own/codex/` and `own/team_spend.csv` beside this file; README.md there
describes them. All of it is invented: nobody's work, no text of a message. It has on purpose what
real records have and what people count wrongly: one response on several lines, totals that run, a
resumed copy, a sub-agent on a cheaper model, a pause that outlasts the cache, a heartbeat with
nobody there, a row twice, a model without a price. The same bytes each time.
"""

from __future__ import annotations

import csv
import json
import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "own"
SEED = 15
MONTH = datetime(2026, 11, 1, tzinfo=UTC)
AGENT, CHILD, CODEX = "claude-opus-5-5", "claude-haiku-5-5", "gpt-6.1-sol"
HELP, NIGHTLY, WATCHER, OWN = (
    "claude-sonnet-5-5", "gpt-6.1-terra", "claude-opus-5-5", "larkfield/tone-2",
)  # fmt: skip
PREFIX = 18_000  # tokens: system prompt and tools of the coding tool
PEOPLE = ("ada", "bo", "chen")


def _id(lot: random.Random, kind: str) -> str:
    return f"{kind}_{lot.getrandbits(48):012x}"


def _stamp(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


# --- Session logs -----------------------------------------------------------------------------


class Session:
    """A session as Claude Code logs it: a line for each block of a response, usage on each."""

    def __init__(self, lot: random.Random, name: str, project: str, when: datetime) -> None:
        self.lot, self.name, self.project, self.when = lot, name, project, when
        self.lines: list[dict[str, Any]] = []
        self.context, self.held = PREFIX, 0  # tokens: of the next prompt, and in the cache

    def pause(self, minutes: float) -> None:
        """Somebody reads, or has lunch: what outlasts five minutes is no longer in the cache."""
        self.when += timedelta(minutes=minutes)
        if minutes >= 5:
            self.held = 0

    def respond(self, *, result: int, model: str = AGENT, agent: str = "") -> None:
        """One response of one to three blocks, then a tool's result of so many tokens."""
        lot = self.lot
        self.when += timedelta(seconds=lot.randint(8, 40))
        output, fresh = lot.randint(120, 900), lot.randint(2, 6)
        usage = {
            "input_tokens": fresh,
            "cache_read_input_tokens": self.held,
            "cache_creation_input_tokens": self.context - self.held,
            "cache_creation": {
                "ephemeral_5m_input_tokens": self.context - self.held,
                "ephemeral_1h_input_tokens": 0,
            },
            "output_tokens": output,
            "service_tier": "standard",
        }
        blocks = ["thinking", "text", "tool_use"][-lot.randint(1, 3) :]
        message, request = _id(lot, "msg"), _id(lot, "req")
        for number, block in enumerate(blocks, start=1):
            last = number == len(blocks)
            said = usage if last else usage | {"output_tokens": min(output, 8 * number)}
            self.lines.append(
                {
                    "type": "assistant",
                    "timestamp": _stamp(self.when + timedelta(seconds=number)),
                    "sessionId": self.name,
                    "requestId": request,
                    "isSidechain": bool(agent),
                    **({"agentId": agent} if agent else {}),
                    "cwd": f"/srv/{self.project}",
                    "message": {
                        "id": message,
                        "role": "assistant",
                        "model": model,
                        "content": [{"type": block}],
                        "stop_reason": "tool_use" if last else None,
                        "usage": said,
                    },
                }
            )
        self.lines.append(
            {
                "type": "user",
                "timestamp": _stamp(self.when + timedelta(seconds=5)),
                "sessionId": self.name,
                "isSidechain": bool(agent),
                "message": {"role": "user", "content": [{"type": "tool_result"}]},
            }
        )
        self.held = self.context
        self.context += output + result
        self.when += timedelta(seconds=lot.randint(2, 20))

    def save(self, folder: Path, name: str = "") -> None:
        _write(folder / self.project / f"{name or self.name}.jsonl", self.lines)


def sessions(lot: random.Random, folder: Path) -> None:
    """Four sessions of one developer, a resumed copy of one, and a sub-agent of another."""
    plan = (("app", 3, 9.2), ("app", 10, 13.5), ("infra", 17, 8.8), ("app", 24, 15.1))
    for number, (project, day, hour) in enumerate(plan, start=1):
        name = f"session-{number}"
        one = Session(lot, name, project, MONTH + timedelta(days=day, hours=hour))
        for turn in range(14):
            if (number, turn) == (1, 7):
                one.pause(47)
            # The third one reads a whole log file once, and carries it to its end.
            long = 42_000 if (number, turn) == (3, 4) else 0
            one.respond(result=long or lot.randint(200, 3_500))
        one.save(folder)
        if number == 2:  # resumed the next morning: a copy of all its lines, then its own
            lines = [line | {"sessionId": "session-2-resumed"} for line in one.lines]
            one.name, one.lines = "session-2-resumed", lines
            one.pause(60 * 18)
            for _ in range(6):
                one.respond(result=lot.randint(200, 3_500))
            one.save(folder)
        if number == 4:
            child = Session(lot, name, project, one.when - timedelta(minutes=4))
            child.context = 9_000
            for _ in range(8):
                child.respond(result=lot.randint(800, 4_000), model=CHILD, agent="searcher")
            child.save(folder, f"{name}/subagents/agent-searcher")


def rollout(lot: random.Random, folder: Path) -> None:
    """A session as Codex logs it: running totals, and the last event again when a turn ends."""
    when = MONTH + timedelta(days=19, hours=10)
    head = {"id": "rollout-1", "cwd": "/srv/app", "originator": "codex_cli_rs"}
    lines = [
        {"timestamp": _stamp(when), "type": "session_meta", "payload": head},
        {"timestamp": _stamp(when), "type": "turn_context", "payload": {"model": CODEX}},
    ]
    total = dict.fromkeys(("input_tokens", "cached_input_tokens", "output_tokens",
                           "reasoning_output_tokens", "total_tokens"), 0)  # fmt: skip
    context = held = 12_000
    for turn in range(12):
        when += timedelta(seconds=lot.randint(15, 60))
        output = lot.randint(300, 1_800)
        last = {
            "input_tokens": context,
            "cached_input_tokens": held if turn else 0,
            "output_tokens": output,
            "reasoning_output_tokens": output * lot.randint(3, 7) // 10,
            "total_tokens": context + output,
        }
        total = {name: count + last[name] for name, count in total.items()}
        info = {"total_token_usage": total, "last_token_usage": last}
        event = {"type": "token_count", "info": info}
        line = {"timestamp": _stamp(when), "type": "event_msg", "payload": event}
        lines += [line] * (2 if turn % 4 == 3 else 1)
        held = context
        context += output + lot.randint(200, 2_500)
    _write(folder / "rollout-2026-11-20.jsonl", lines)


def _write(path: Path, lines: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8", newline="\n")


# --- The gateway's export ---------------------------------------------------------------------

COLUMNS = (
    "request_id", "startTime", "model", "prompt_tokens", "completion_tokens", "spend", "user",
    "team_id", "session_id", "metadata",
)  # fmt: skip
PRICES = {HELP: (2.0, 10.0), NIGHTLY: (1.0, 5.0), WATCHER: (4.0, 20.0), OWN: (0.0, 0.0)}
"""USD per million tokens in and out, as the gateway was told: it knows no price of OWN."""


def _row(
    lot: random.Random, when: datetime, model: str, into: int, out: int, **about: str
) -> dict[str, Any]:
    rates = PRICES[model]
    usage = {"prompt_tokens": into, "completion_tokens": out}
    return {
        "request_id": _id(lot, "gw"),
        "startTime": when.isoformat(sep=" ", timespec="seconds").replace("+00:00", ""),
        "model": model,
        "prompt_tokens": into,
        "completion_tokens": out,
        "spend": f"{(into * rates[0] + out * rates[1]) / 1e6:.6f}",
        "user": about.get("user", ""),
        "team_id": about["team"],
        "session_id": about.get("session", ""),
        "metadata": json.dumps({"usage_object": usage}, separators=(",", ":")),
    }


def gateway(lot: random.Random) -> Iterator[dict[str, Any]]:
    """A help page by day, two nights of sorting, a model of their own, and a watcher."""
    for day in range(30):
        weekday = (MONTH + timedelta(days=day)).weekday() < 5
        for call in range(9 if weekday else 3):  # they come by threes
            if call % 3 == 0:
                when = MONTH + timedelta(days=day, hours=lot.uniform(8, 18))
            when += timedelta(seconds=lot.randint(20, 200))
            into = 6_200 + lot.randint(40, 900)
            yield _row(lot, when, HELP, into, lot.randint(90, 420), user=lot.choice(PEOPLE),
                       team="help-page")  # fmt: skip
        if weekday:
            when = MONTH + timedelta(days=day, hours=lot.uniform(9, 17))
            yield _row(lot, when, OWN, lot.randint(800, 2_000), lot.randint(100, 300),
                       team="help-page")  # fmt: skip
    for night in (8, 22):  # one label for each ticket, one after the other
        when = MONTH + timedelta(days=night, hours=1)
        for _ in range(110):
            when += timedelta(seconds=lot.randint(1, 4))
            yield _row(lot, when, NIGHTLY, lot.randint(500, 2_600), lot.randint(3, 9),
                       team="tickets", session=f"sorting-{night:02}")  # fmt: skip
    when = MONTH + timedelta(days=12, hours=18)  # a Friday evening
    for beat in range(124):  # every half hour to Monday morning
        yield _row(lot, when + beat * timedelta(minutes=30), WATCHER, 21_000 + 40 * beat,
                   lot.randint(12, 40), team="ops")  # fmt: skip


def export(lot: random.Random, path: Path) -> None:
    rows = sorted(gateway(lot), key=lambda row: row["startTime"])
    rows.insert(40, rows[30])  # exported twice: two pages that overlap
    rows.insert(90, rows[75])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    lot = random.Random(SEED)
    shutil.rmtree(HERE, ignore_errors=True)
    sessions(lot, HERE / "claude_code")
    rollout(lot, HERE / "codex")
    export(lot, HERE / "team_spend.csv")


if __name__ == "__main__":
    main()
