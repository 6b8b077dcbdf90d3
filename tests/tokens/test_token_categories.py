"""What lesson 2 rests on: grids of pictures, tokens to look at, its lever, its two calculators."""

from __future__ import annotations

import json
import random
from decimal import Decimal

import pytest
from PIL import Image, ImageChops, ImageStat

from costlib.bank import traffic as example
from costlib.calculators.images import ImageCalculator, Picture
from costlib.calculators.usage_decoder import UsageBody, UsageDecoder
from costlib.display.amounts import money
from costlib.pricing.cost import cost_of
from costlib.pricing.prices import AS_OF, models, rate_card, role
from costlib.tokens.encodings import encoded_length
from costlib.tokens.images import image_grid, image_models, image_tokens
from costlib.tokens.view import show_tokens, split_tokens
from costlib.usage.read import Usage, read_usage
from data import draw_screenshot

FLAGSHIP = role("anthropic", "flagship")

# --- Real records, and the two ways to count them twice -------------------------------------------

# tokscale issue 1142, 2026-08-18: a real row of Codex's session file, in the words of Responses.
CODEX = {
    "input_tokens": 16_845_360,
    "input_tokens_details": {"cached_tokens": 16_358_912},
    "output_tokens": 63_820,
    "output_tokens_details": {"reasoning_tokens": 24_882},
    "total_tokens": 16_909_180,
}


def test_a_real_record_is_billed_once():
    cost = cost_of(read_usage(CODEX), "gpt-5")
    # 486,448 x 1.25 + 16,358,912 x 0.125 + 63,820 x 10, per million
    assert cost.total == Decimal("0.60806") + Decimal("2.044864") + Decimal("0.6382")
    assert {line.kind: line.quantity for line in cost.lines} == {
        "input": 486_448,
        "cached_input": 16_358_912,
        "output": 63_820,
    }


def test_three_conventions_give_one_usage():
    chat = {
        "prompt_tokens": 7_000,
        "prompt_tokens_details": {"cached_tokens": 6_000},
        "completion_tokens": 500,
        "completion_tokens_details": {"reasoning_tokens": 300},
        "total_tokens": 7_500,
    }
    messages = {
        "input_tokens": 1_000,
        "cache_read_input_tokens": 6_000,
        "output_tokens": 500,
        "output_tokens_details": {"thinking_tokens": 300},
    }
    gemini = {
        "promptTokenCount": 7_000,
        "cachedContentTokenCount": 6_000,
        "candidatesTokenCount": 200,
        "thoughtsTokenCount": 300,
        "totalTokenCount": 7_500,
    }
    assert read_usage(chat) == read_usage(messages) == read_usage(gemini)


def test_reasoning_cannot_be_more_than_the_output():
    with pytest.raises(ValueError, match="reasoning_tokens=800 is more than output_tokens=500"):
        Usage(output_tokens=500, reasoning_tokens=800)


# --- Pictures -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "model", "detail", "read_at", "squares"),
    [
        ((1024, 1024), "gpt-4o", "high", (768, 768), (2, 2)),
        ((2048, 4096), "gpt-4o", "high", (768, 1536), (2, 3)),
        ((4096, 8192), "gpt-4o", "low", (256, 512), (1, 1)),
        ((1800, 2400), "o4-mini", "high", (1056, 1408), (33, 44)),  # OpenAI's guide
        ((1800, 2400), "gpt-4.1-mini", "high", (1536, 2048), (48, 64)),
        ((2048, 2048), "gpt-5.4", "auto", (1600, 1600), (50, 50)),  # OpenAI's guide
        ((1000, 1334), "gpt-4o", "high", (768, 1024), (2, 2)),
        ((1920, 1080), "claude-sonnet-4-6", "auto", (1456, 819), (52, 30)),  # Anthropic's guide
        ((1075, 1520), "claude-sonnet-4-6", "auto", (924, 1307), (33, 47)),  # Anthropic's guide
        ((3840, 2160), "claude-opus-5-5", "auto", (2576, 1449), (92, 52)),  # Anthropic's guide
        ((1290, 2796), "claude-opus-5-5", "auto", (1188, 2576), (43, 92)),
        ((644, 1396), "claude-opus-5-5", "auto", (644, 1396), (23, 50)),
        ((300, 200), "gpt-4o", "high", (300, 200), (1, 1)),
    ],
)
def test_a_picture_is_shrunk_as_the_guides_say(size, model, detail, read_at, squares):
    grid = image_grid(*size, model, detail)
    assert (grid.width, grid.height) == read_at
    assert (grid.across, grid.down) == squares
    assert grid.tokens == image_tokens(*size, model, detail)


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-5-mini", "gpt-5.4", "claude-opus-5-5"])
def test_the_grid_covers_the_picture_and_never_enlarges_it(model):
    rng = random.Random(model)
    for _ in range(300):
        width, height = rng.randrange(1, 6_000), rng.randrange(1, 6_000)
        grid = image_grid(width, height, model)
        assert grid.width <= width and grid.height <= height
        assert grid.width <= grid.across * grid.unit < grid.width + grid.unit + 1
        assert grid.height <= grid.down * grid.unit < grid.height + grid.unit + 1
        assert grid.squares == grid.across * grid.down


def test_every_model_with_a_rule_can_be_asked():
    assert len(image_models()) == len(set(image_models())) > 30
    for name in image_models():
        assert image_tokens(640, 480, name) > 0


def test_the_screenshot_is_the_one_that_its_script_draws():
    with Image.open(example.screenshot_file()) as picture:
        assert picture.size == example.SCREENSHOT_SIZE
        drawn = draw_screenshot.draw().convert("RGB")
        # Another release of the drawing library may smooth an edge otherwise.
        difference = ImageChops.difference(picture.convert("RGB"), drawn)
    assert max(ImageStat.Stat(difference).mean) < 1
    assert example.screenshot_file().stat().st_size < 150_000


# --- Tokens to look at ----------------------------------------------------------------------------

TEXTS = ("My card, declined.", "मेरा कार्ड", "我的卡被拒绝", "👩‍🚀 in\n  space", "7f3a90c2-5b1e", "")


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("encoding", ["o200k_base", "cl100k_base"])
def test_pieces_make_up_the_text_and_its_count(text, encoding):
    pieces = split_tokens(text, encoding)
    assert "".join(piece for piece, _ in pieces) == text
    assert sum(count for _, count in pieces) == encoded_length(text, encoding)


def test_the_view_says_what_colours_show():
    view = show_tokens({"Money & <b>": "a $5\nfee 👩‍🚀"}, "cl100k_base")
    page = view.html()
    assert "Money &amp; &lt;b&gt;: " in page and "<b>" not in page
    assert "<span>$</span>" in page and "⏎" in page
    assert "<sub>3</sub>" in page  # an astronaut's first half is three tokens of the older encoding
    assert page.count('role="group"') == 1
    assert str(view).splitlines()[1].startswith("a| $|5|⏎|fee| ")


# --- The lever ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def month():
    return example.month()


def test_resized_screenshots_save_their_patches_and_nothing_else(month):
    resized = example.resize_screenshots(month)
    before, after = example.bill(month), example.bill(resized)
    # 60,000 screenshots, 43 x 92 patches before and 23 x 50 after, at 4 USD per million tokens
    assert before.total - after.total == Decimal(60_000) * (3_956 - 1_150) * 4 / 1_000_000
    for part in ("prefix", "history", "question", "output"):
        assert after.by_part[part] == before.by_part[part]
    assert (resized[list(example.INPUT_PARTS)].sum(axis=1) == resized["input_tokens"]).all()
    assert month["screenshot"].max() == 3_956  # the month that was given is as it was


def test_the_first_two_levers_add_up_in_either_order(month):
    batch, resize = example.batch_summaries, example.resize_screenshots
    before, both = example.bill(month).total, example.bill(resize(batch(month))).total
    alone = [before - example.bill(lever(month)).total for lever in (batch, resize)]
    assert before - both == sum(alone)
    assert example.bill(batch(resize(month))).total == both


def test_screenshots_are_resized_once(month):
    with pytest.raises(ValueError, match=r"cost \[1150\] tokens"):
        example.resize_screenshots(example.resize_screenshots(month))


def test_the_size_is_just_within_whole_patches_and_keeps_the_shape():
    width, height = example.RESIZED_SCREENSHOT
    full_width, full_height = example.SCREENSHOT_SIZE
    assert height == round(full_height * width / full_width)
    assert image_tokens(width + 1, height, FLAGSHIP) > image_tokens(width, height, FLAGSHIP)
    smallest = 11 * draw_screenshot.SCALE * width / full_width
    assert smallest > 16


# --- The calculators ------------------------------------------------------------------------------


def test_a_picture_is_priced_at_the_input_rate():
    priced = Picture(width=1024, height=1024, model="gpt-4o").result()
    assert priced.grid.tokens == 765
    assert priced.usd == Decimal("0.0019125")  # 765 x 2.5 / 1M
    assert Picture(width=1024, height=1024, model="gpt-5.4").result().grid.tokens == 1_229


def test_the_picture_calculator_draws_and_compares():
    calculator = ImageCalculator(width=2048, height=4096, model="gpt-4o")
    text, page = repr(calculator), calculator.output.value
    assert "gpt-4o: 1,105 tokens (85 + 6 squares x 170), $0.00276 a picture" in text
    assert "2 x 3 squares of 512 pixels" in text
    assert 'alt="768 x 1,536 pixels after shrinking' in page and "image/svg+xml" in page
    assert "read at 768 x 1,536" in text
    calculator.controls["width"].value = "300"
    calculator.controls["height"].value = "200"
    assert "85 + 1 square x 170" in repr(calculator) and "uploaded for nothing" not in repr(
        calculator
    )


def test_a_detail_without_a_rule_gives_a_sentence():
    calculator = ImageCalculator(detail="low", model="gpt-4o")
    calculator.controls["model"].value = FLAGSHIP
    assert "no rule for detail=&#x27;low&#x27;" in calculator.output.value
    assert "<table" not in calculator.output.value


def test_the_picture_calculator_offers_what_can_be_called_today():
    alive = {model.id for model in models(at=AS_OF)}
    offered = [value for _, value in ImageCalculator().controls["model"].options]
    assert set(offered) == alive & set(image_models())


def test_the_decoder_prices_and_shows_the_usual_mistake():
    decoded = UsageBody().result()
    # 1,000 x 0.25 + 6,000 x 0.025 + 600 x 2 = 1,600; field by field 7,000 x 0.25 and 1,080 x 2
    assert decoded.cost.total == Decimal("0.0016")
    assert decoded.field_by_field == Decimal("0.00406")
    text = repr(UsageDecoder())
    assert "gpt-5-mini: $0.0016 for 7,000 tokens in and 600 out." in text
    assert "154% too much" in text
    assert "output_tokens     600  reasoning_tokens       480" in text


def body(usage: dict, **more: object) -> str:
    return json.dumps({"model": "gpt-5-mini", "usage": usage} | more)


def test_the_decoder_warns_of_an_empty_answer_and_not_of_what_is_right():
    usage = {
        "input_tokens": 26,
        "output_tokens": 600,
        "output_tokens_details": {"reasoning_tokens": 600},
        "total_tokens": 626,
    }
    assert "paid, empty answer" in repr(UsageDecoder(body=body(usage)))
    gemini = {"promptTokenCount": 8_000, "candidatesTokenCount": 300, "thoughtsTokenCount": 900,
              "totalTokenCount": 9_200}  # fmt: skip
    text = repr(
        UsageDecoder(body=json.dumps({"modelVersion": "gemini-2.5-flash", "usageMetadata": gemini}))
    )
    assert "for 8,000 tokens in and 1,200 out." in text
    assert "too much" not in text


def test_the_decoder_takes_the_model_that_is_chosen():
    usage = {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100}
    name = role("openai", "mid")
    decoder = UsageDecoder(body=json.dumps({"usage": usage}), model=f"openai/{name}")
    rates = rate_card(name).rates
    usd = (1_000 * rates["input"] + 100 * rates["output"]) / 1_000_000
    assert f"{name}: {money(usd)} for" in decoder.answer_now().sentence


def test_the_decoder_reads_wrapped_bodies_and_other_peoples_names():
    usage = {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100}
    line = {"custom_id": "a", "response": {"body": {"model": "gpt-5", "usage": usage}}}
    assert UsageBody(body=json.dumps(line)).result().cost.tier == "batch"
    span = {
        "gen_ai.response.model": "gpt-5",
        "gen_ai.usage.input_tokens": 1_000,
        "gen_ai.usage.output_tokens": 100,
        "gen_ai.usage.cache_read.input_tokens": 800,
    }
    decoded = UsageBody(body=json.dumps(span)).result()
    # 200 x 1.25 + 800 x 0.125 + 100 x 10 = 1,350; field by field 800 x 1.125 more
    assert decoded.cost.total == Decimal("0.00135")
    assert decoded.field_by_field == Decimal("0.00235")


def test_the_decoder_says_what_the_provider_says_and_what_is_beside():
    usage = {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100, "cost": 0.5}
    text = repr(UsageDecoder(body=body(usage, model="openai/gpt-5")))
    assert "The provider itself says $0.5" in text
    text = repr(UsageDecoder(body=json.dumps({"model": "claude-opus-4-6", "usage": {
        "input_tokens": 5, "output_tokens": 1, "inference_geo": "us"}})))  # fmt: skip
    assert "standard, region us, rates of" in text and "$0.0000275" in text  # 5 x 5 x 1.1


@pytest.mark.parametrize(
    ("pasted", "sentence"),
    [
        ("", "The box is empty: paste a response"),
        (" \n", "The box is empty: paste a response"),
        ('{"usage": ', "This is not JSON: line 1, column 11"),
        ("{'input_tokens': 5, 'output_tokens': 7}", "as JSON with response.to_json() or json"),
        ("[1, 2]", "This is JSON, but not an object"),
        ("{}", "The body names no model"),
        (json.dumps({"usage": {"input_tokens": 7, "output_tokens": 3}}), "output_tokens=3) has no"),
        ('{"a": 1}\n{"b": 2}', "more than one JSON object here, the next in line 2"),
        ('{"usage": {"input_tokens": NaN}}', "NaN is no number"),
        (
            '{"usage": {"input_tokens": 1e999, "output_tokens": 1}, "model": "gpt-5"}',
            "input_tokens",
        ),
        ('{"a":' * 100_000, "too many layers"),
        (body({}), "absent is not zero"),
        (json.dumps({"model": "gpt-99", "usage": {}}), "absent is not zero"),
        (body({"input_tokens": 5, "output_tokens": 1}, model="gpt-99"), "gpt-99"),
        (body({"input_tokens": 0, "output_tokens": 0}), "nothing was used"),
        (body({"input_tokens": -5, "output_tokens": 1}), "-5"),
    ],
)
def test_the_decoder_answers_what_it_cannot_read_with_a_sentence(pasted, sentence):
    answer = UsageDecoder(body=pasted).answer_now()
    assert sentence in answer.sentence
    assert answer.shown == ()
