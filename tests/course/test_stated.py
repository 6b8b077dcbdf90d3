"""Numbers that documents state are those of the code and of the tables.

What a lesson's run shows is in `test_notebooks.py` (QUOTED), what prices say in `test_docs.py`.
What was measured once, on some machine or network, stands as measured and is not here.
"""

from __future__ import annotations

import csv
import inspect
import math
import re
import statistics
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import anthropic
import openai
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell
from openai.types.responses import response_create_params

from costlib.course.update import SOURCE_DAYS
from costlib.paths import ROOT, data_path
from costlib.pricing import rate_card, role
from costlib.provider import alignment, live
from costlib.provider.anthropic import accepts, messages, tools
from costlib.provider.anthropic import batches as message_batches
from costlib.provider.anthropic import input as claude
from costlib.provider.clock import POLL
from costlib.provider.failures import _failure
from costlib.provider.limits import Limits
from costlib.provider.openai import batches, embeddings
from costlib.provider.replies import _LONG_TASK, _MEDIAN, _REASONING
from costlib.tokens.chat import _CLAUDE_TOOL_PROMPT
from costlib.tokens.images import image_grid
from solutions import derive, plans

IN_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def table(name: str) -> list[dict[str, str]]:
    with data_path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def numbers(name: str, column: str, **wanted: str) -> list[int]:
    """The numbers of a column of a table, in order, each once."""
    rows = (row for row in table(name) if all(row[key] == value for key, value in wanted.items()))
    return sorted({int(row[column]) for row in rows if row[column].isdecimal()})


def allowed(shape: str, name: str) -> tuple[str, str]:
    """The least and the most that request_rules.csv has for a name of a shape."""
    (row,) = (row for row in table("request_rules.csv") if row["shape"] == shape)
    return re.findall(rf"(?:^| ){name}[:#](\d*)\.\.(\d*)", row["limits"])[-1]  # a length is last


def hub(name: str, default: str = r"(\d+)") -> str:
    """What the hub's configuration takes unless somebody sets `name`."""
    text = (ROOT / ".jupyterhub/jupyterhub_config.py").read_text("utf-8")
    (found,) = re.findall(rf'get\("{name}", "{default}"\)', text)
    return found


def pythons() -> tuple[str, str]:
    """The oldest and the newest Python that the workflow tries."""
    text = (ROOT / ".github/workflows/course.yml").read_text("utf-8")
    jobs = yaml.safe_load(text)["jobs"].values()
    matrices = [job.get("strategy", {}).get("matrix", {}) for job in jobs]
    tried = {version for matrix in matrices for version in matrix.get("python", ())}
    tried |= {more["python"] for matrix in matrices for more in matrix.get("include", ())}
    ordered = sorted(tried, key=lambda version: [int(part) for part in version.split(".")])
    return ordered[0], ordered[-1]


def source(lesson: int) -> Path:
    (found,) = ROOT.glob(f"solutions/{lesson:02}_*.py")
    return found


def minutes(lesson: int, *chosen: str) -> int:
    """A lesson in a room: its whole core path, or the sections whose titles begin so."""
    sections = plans.sections(source(lesson))
    return sum(each.minutes for each in sections if each.title.startswith(chosen or ("",)))


def nearest(step: int, value: float) -> int:
    return step * round(value / step)


def halves(minutes: int) -> str:
    """Hours, rounded up to the half."""
    hours, half = divmod(math.ceil(minutes / 30), 2)
    return f"{hours} ½" if half else str(hours)


def weights() -> tuple[int, ...]:
    """What makes a lesson's time: words and lines a minute, minutes of a check and others."""
    words = derive.effort([new_markdown_cell("word " * 15_000)])
    lines = derive.effort([new_code_cell("a = 1\n" * 1_600)])
    tagged = (
        derive.effort([new_code_cell("", metadata={"tags": [tag]})]).minutes
        for tag in ("check", "calculator", "predict")
    )
    return 15_000 // words.minutes, 1_600 // lines.minutes, *tagged


def reads_that_pay(write: str) -> str:
    """How often an entry of the flagship's cache must be read to cost less than no cache."""
    card = rate_card(role("anthropic", "flagship"))
    assert card.input and card.cached_input and card.rates[write]
    premium, saved = card.rates[write] - card.input, card.input - card.cached_input
    return IN_WORDS[math.floor(premium / saved) + 1]


def reserving_takes() -> int:
    """The whole milliseconds below which `reserve` and `settle` stay in the benchmarks' table."""
    table = (ROOT / MAKE).read_text("utf-8")
    took = re.findall(r"^\| `reserve` and `settle` .* ([\d.]+) ms \|", table, re.M)
    return math.ceil(max(map(float, took)))


def openai_type(pattern: str) -> str:
    """What the SDK's type of a Responses request says, where the pattern has its group."""
    (found,) = re.findall(pattern, inspect.getsource(response_create_params))
    return found


def in_minutes(*times: timedelta) -> tuple[int, ...]:
    return tuple(round(time.total_seconds() / 60) for time in times)


README, TEACH, MAKE = "README.md", "INSTRUCTORS.md", "CONTRIBUTING.md"
DATA, PROVIDER, TERMS = "data/README.md", "costlib/provider/README.md", "solutions/glossary.csv"
CHAT, RESPONSES = "CompletionCreateParamsBase", "ResponseCreateParamsBase"
STATED: list[tuple[str, str, Callable[[], object]]] = [
    (README, "(https://www.python.org/downloads/) {} to {} and git", pythons),
    (README, "at most {} minutes on its core path", lambda: derive.CORE_MINUTES),
    (TEACH, "| Python {} to {}, git", pythons),
    (TEACH, "(alone, below {})", lambda: derive.CORE_MINUTES),
    (TEACH, "core path takes about {} minutes in a room",
     lambda: nearest(5, statistics.mean(map(minutes, range(1, 9))))),
    (TEACH, "lesson 1 ({}), then sections 1 and 2 of lesson 7 from slides ({})",
     lambda: (nearest(5, minutes(1)), nearest(5, minutes(7, "1. ", "2. ")))),
    (TEACH, "15 minutes after 2: {} hours",
     lambda: halves(sum(map(minutes, (1, 2, 5, 7))) + 15)),
    (TEACH, "left for home: {} hours",
     lambda: halves(sum(map(minutes, range(1, 9))) - 8 * plans.EXERCISE)),
    (TEACH, "{} words a minute, {} minutes for a prediction, {} for an exercise, {} for the calc",
     lambda: (plans.WORDS_A_MINUTE, plans.PREDICTION, plans.EXERCISE, plans.CALCULATOR)),
    (TEACH, "a minute for {} lines of code", lambda: plans.LINES_A_MINUTE),
    (TEACH, "installs {} packages",
     lambda: IN_WORDS[len(re.findall(r"pip install -q (.+)", derive.SETUP)[0].split())]),
    (TEACH, "`learner-01` to `learner-{}`", lambda: hub("WORKSHOP_SEATS")),
    (TEACH, "A process gets {} GB", lambda: hub("WORKSHOP_MEMORY_GB")),
    (TEACH, "opens port {}", lambda: hub("WORKSHOP_URL", r"http://:(\d+)")),
    (TEACH, "So do the {} others",
     lambda: int(re.findall(r"^THREADS\b.* = (\d+)", source(5).read_text("utf-8"), re.M)[0]) - 1),
    (TEACH, "{} for five minutes, {} for an hour",
     lambda: (reads_that_pay("cache_write_5m"), reads_that_pay("cache_write_1h"))),
    (MAKE, "Words / {}, visible lines of code / {}, {} minutes for an exercise, {} for a "
     "calculator, {} for a guess", weights),
    (MAKE, "above {} minutes, {:,} words or {} visible lines of code is refused, and so is a "
     "visible cell of more than {} lines",
     lambda: (derive.CORE_MINUTES, derive.CORE_WORDS, derive.CORE_LINES, derive.CELL_LINES)),
    (MAKE, "Sources older than {} days", lambda: SOURCE_DAYS),
    ("solutions/05_budget_limits.py", "On SQLite both together took under {} milliseconds",
     reserving_takes),
    ("solutions/07_prompt_caching.py", "OpenAI's lifetime is a {}",
     lambda: openai_type(r"The (\w+) lifetime applied to every implicit")),
    ("solutions/07_prompt_caching.py", "OpenAI's `prompt_cache_options` have `{}`",
     lambda: openai_type(r"(\w+): bool\s+\"\"\"Prepares the prompt cache without generating")),
    ("costlib/calculators/caching.py", "This model promises no lifetime: {}h is the longest",
     lambda: openai_type(r"up to a maximum\s+of (\d+) hours")),
    (TERMS, "A square of {} pixels by which some",
     lambda: image_grid(99, 99, "gpt-4o").unit),
    (TERMS, "A square of {} (OpenAI) or {} (Anthropic)",
     lambda: [image_grid(99, 99, model).unit
              for model in ("gpt-5-mini", role("anthropic", "flagship"))]),
    (TERMS, "an SDK makes up to {}",
     lambda: IN_WORDS[1 + max(openai.DEFAULT_MAX_RETRIES, anthropic.DEFAULT_MAX_RETRIES)]),
    (DATA, "an opening and {} sections",
     lambda: data_path("bank", "handbook.md").read_text("utf-8").count("\n## ")),
    (DATA, "one of {} dated list prices", lambda: len(table("price_history.csv"))),
    (PROVIDER, "median about {} tokens, near the Azure", lambda: _MEDIAN),
    (PROVIDER, "{minimal} (minimal), {low} (low), {medium} (medium), {high:,} (high), {xhigh:,} "
     "(xhigh) and {max:,} (max) tokens for a task of {characters} characters",
     lambda: _REASONING | {"characters": _LONG_TASK}),
    (PROVIDER, "for {:.0f}% of conversations at medium, {:.0f}% at low",
     lambda: [100 * messages._THINKS[effort] for effort in ("medium", "low")]),
    (PROVIDER, "{} tokens of hidden system prompt", lambda: _CLAUDE_TOOL_PROMPT),
    (PROVIDER, "drafts of {} tokens, resumed after a run of {}",
     lambda: (alignment._DRAFT, alignment._RUN)),
    (PROVIDER, "by {} minutes each time", lambda: IN_WORDS[in_minutes(POLL)[0]]),
    (PROVIDER, "results are kept {} days", lambda: message_batches._KEPT.days),
    (PROVIDER, "where OpenAI's is a {} and the real one may live longer",
     lambda: openai_type(r"The (\w+) lifetime applied to every implicit")),
    (PROVIDER, "done after {} minutes, cancelled after {};",
     lambda: in_minutes(message_batches.DONE_AFTER, message_batches.CANCELLED_AFTER)),
    (PROVIDER, "validated after {} minute and done after {},",
     lambda: in_minutes(batches.VALIDATED_AFTER, batches.DONE_AFTER)),
    (PROVIDER, "once it is {} minutes old or {} requests have followed",
     lambda: (*in_minutes(Limits.spend_lag), Limits.spend_lag_requests)),
    (PROVIDER, "429 asks for {:.0f} seconds", lambda: _failure(429).retry_after),
    (PROVIDER, "{} to {} searches drawn, at most `max_uses`; {} pages of {} to {} tokens each",
     lambda: (min(tools._SEARCHES), max(tools._SEARCHES), tools._RESULTS, *tools._RESULT_TOKENS)),
    (PROVIDER, "more than {} `cache_control`", lambda: accepts._BREAKPOINTS),
    (PROVIDER, "at most {} places of look-back at each",
     lambda: numbers("cache_rules.csv", "lookback", provider="anthropic")),
    (PROVIDER, "from {0:,} to {3:,} tokens by model",
     lambda: numbers("cache_rules.csv", "minimum", provider="anthropic")),
    (PROVIDER, "in steps of {}, from",
     lambda: numbers("cache_rules.csv", "increment", match="tokens")),
    (PROVIDER, "up to {} writes a request",
     lambda: numbers("cache_rules.csv", "max_writes", provider="openai")),
    (PROVIDER, "more than 8,192 tokens, {:,} texts or {:,} tokens",
     lambda: (embeddings._INPUTS, embeddings._TOTAL)),
    (PROVIDER, "a side above {:,} pixels ({:,} among more than {} pictures); more than {} pictures "
     "({} on windows of {:,} tokens)",
     lambda: (*numbers("image_rules.csv", "rejected_side"), claude._LONGEST_SIDE_OF_MANY,
              claude._MANY, claude._PICTURES, claude._PICTURES_SMALL_WINDOW, claude._SMALL_WINDOW)),
    (PROVIDER, "`max_tokens` above {4:,} ({3:,} on the 4.5 models, from {0:,} on older ones)",
     lambda: numbers("anthropic_model_rules.csv", "longest_output")),
    (PROVIDER, "`max_output_tokens` below {}", lambda: allowed(RESPONSES, "max_output_tokens")[0]),
    (PROVIDER, "more than {} tools or calls", lambda: allowed(CHAT, "tools")[1]),
    (PROVIDER, "`prompt_cache_key` above {}", lambda: allowed(CHAT, "prompt_cache_key")[1]),
    (PROVIDER, "a value of `metadata` above {}", lambda: allowed(CHAT, "metadata")[1]),
    (PROVIDER, "${} for each kernel", lambda: live.DEFAULT_CAP),
]  # fmt: skip


@pytest.mark.parametrize(("document", "words", "value"), STATED, ids=[row[1] for row in STATED])
def test_a_number_that_a_document_states_is_that_of_the_code(
    document: str, words: str, value: Callable[[], object]
) -> None:
    """When one fails, the code or a table has changed: mend the document."""
    given = value()
    if isinstance(given, Mapping):
        said = words.format(**given)
    else:
        said = words.format(*given) if isinstance(given, list | tuple) else words.format(given)
    assert said in (ROOT / document).read_text("utf-8")


def test_what_a_lesson_says_of_the_computers_rounding_is_so() -> None:
    lessons = "".join(path.read_text("utf-8") for path in (ROOT / "solutions").glob("[0-9]*.py"))
    said = re.findall(r"# (\S+ \* \S+) is (\S+) to a computer", lessons)
    assert said
    assert said == [(product, repr(eval(product))) for product, _ in said]


def test_the_readme_says_how_large_costlib_is() -> None:
    """Within a tenth."""
    (said,) = re.findall(r"`costlib` has some ([\d,]+) lines", (ROOT / README).read_text("utf-8"))
    paths = (ROOT / "costlib").rglob("*.py")
    lines = sum(len(path.read_text("utf-8").splitlines()) for path in paths)
    assert abs(int(said.replace(",", "")) - lines) <= lines / 10, f"{lines:,} lines"
