"""Files as spreadsheets and consoles leave them: one convention a file, nothing counted twice."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costlib.own_data.calls import read_calls
from costlib.own_data.cost_reports import read_cost_report
from costlib.own_data.imports import import_calls
from costlib.own_data.numbers import day_comes_first, decimal_mark, moment, number, whole_count
from costlib.own_data.usage_reports import read_usage_report
from costlib.tracking.calls import price
from costlib.tracking.ledger import Ledger

settings.register_profile("course", derandomize=True, database=None)
settings.load_profile("course")

HEADER = "start_time,model,num_model_requests,input_tokens,output_tokens,input_cached_tokens"
ROW = "1793491200,gpt-4o,3,7000,90,1024"
CLAUDE = (
    "usage_date_utc,model_version,context_window,usage_input_tokens_no_cache,"
    "usage_input_tokens_cache_read,usage_output_tokens,inference_geo"
)


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (f"{HEADER}\n{ROW}\n", "utf-8"),
        (f"{HEADER}\r\n{ROW}\r\n", "utf-8-sig"),
        (f"{HEADER}\r{ROW}\r", "utf-8"),
        (f"{HEADER}\n{ROW}\n".replace(",", "\t"), "utf-16"),
        (f"{HEADER}\n{ROW}\n".replace(",", "\t"), "utf-16-le"),
        (f"sep=;\n{HEADER}\n{ROW}\n".replace(",", ";"), "utf-8"),
        (f"sep=,\n{HEADER}\n{ROW}\n", "utf-8-sig"),
        (f"Usage of Acme,,,,,\nmade 2026-11-02,,,,,\n\n{HEADER}\n{ROW}\n", "utf-8"),
        (f"{HEADER}\n{ROW}\n,,,,,\n,,,,,\n\n", "utf-8"),
        (f"{HEADER}\n{ROW}.0,\n".replace("7000", "7000.0"), "utf-8"),
        (f"{HEADER}\n{ROW}\n".replace("7000", '"7,000"'), "utf-8"),
        (f"{HEADER}\n{ROW}\n".replace(",", ";").replace("7000", "7.000").replace("1024", "1.024"),
         "utf-8"),
        (f"{HEADER}\n{ROW}\n".replace(",", ";").replace("7000", "7000,0"), "utf-8"),
        (f"{HEADER}\n{ROW}\n".replace(",", ";").replace("7000", "7 000"), "utf-8"),
        (f"{HEADER}\n{ROW}\n".replace("7000", "7.00E+03").replace("1024", "1.024E+03"), "utf-8"),
        (f"{HEADER}\n{ROW}\n".replace(",", ";").replace("7000", "7,00E+03")
         .replace("1024", "1,024E+03"), "utf-8"),
        (f"{HEADER}\n{ROW}\n".replace("1793491200", "01-Nov-26"), "utf-8"),
        (f"{HEADER}\n{ROW}\n".replace("1793491200", "20261101"), "utf-8"),
    ],
)  # fmt: skip
def test_a_table_however_it_was_saved(tmp_path, text, encoding):
    (call,) = read_usage_report(written(tmp_path, text, encoding))
    usage = call.usage
    assert (usage.input_tokens, usage.output_tokens, usage.cached_input_tokens) == (7000, 90, 1024)
    assert usage.requests == 3 and call.time == datetime(2026, 11, 1, tzinfo=UTC)


def test_numbers_that_could_be_either_are_refused_until_the_mark_is_given(tmp_path):
    text = f"{HEADER}\n{ROW}\n".replace(",", ";").replace("7000", "7.000").replace("1024", "1000")
    path = written(tmp_path, text)
    with pytest.raises(ValueError, match=r"'7\.000' may have a decimal mark .* pass decimal="):
        read_usage_report(path)
    assert read_usage_report(path, decimal=",")[0].usage.input_tokens == 7000
    with pytest.raises(ValueError, match="cached_input_tokens=1000 is more than input_tokens=7"):
        read_usage_report(path, decimal=".")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HEADER}\n{ROW}\n".replace("7000", "7,000"), 'line 2 has 7 cells .*quotation marks'),
        (f"{HEADER}\n{ROW}\n".replace("7000", '"7,000"').replace("1024", '"1.024,5"'),
         "has one convention"),
        (f"{ROW}\n{ROW}\n", "no header"),
        ("", "is empty"),
        ("\n\n", "is empty"),
        (f"{HEADER},model\n{ROW},gpt-4o\n", "two columns 'model'"),
        (f"{HEADER}\n{ROW}\n".replace("7000", "nan"), "input_tokens='nan'"),
        (f"{HEADER}\n{ROW}\n".replace("7000", "1e999"), "input_tokens='1e999' is no finite"),
        (f"{HEADER}\n{ROW}\n".replace("7000", "-7000"), "input_tokens='-7000' is no whole number"),
        (f"{HEADER},input_novel_tokens\n{ROW},9\n", "input_novel_tokens=9 counts something"),
        ("a,b\n1,2\n", "no usage report.*columns a, b"),
    ],
)  # fmt: skip
def test_tables_that_are_refused(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read_usage_report(written(tmp_path, text))


@pytest.mark.parametrize(
    ("data", "what"),
    [(b"PK\x03\x04rest", r"Excel workbook \(.xlsx\)"), (b"\x1f\x8brest", "compressed"),
     (b"%PDF-1.7", "PDF"), (b"\xff\x41\x99\x42", "not UTF-8"), (b"PAR1", "Parquet")],
)  # fmt: skip
def test_what_is_no_text_is_named(tmp_path, data, what):
    path = tmp_path / "export.csv"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=what):
        read_usage_report(path)


# --- What stands twice ------------------------------------------------------------------------


def test_a_row_and_a_page_that_stand_twice_count_once(tmp_path):
    with pytest.warns(UserWarning, match="the report repeats 1 row,"):
        (call,) = read_usage_report(written(tmp_path, f"{HEADER}\n{ROW}\n{ROW}\n"))
    assert call.usage.requests == 3
    charge = {"amount": {"value": 1.5, "currency": "usd"}, "line_item": "gpt-5.1, input"}
    page = {"data": [{"start_time": 1793491200, "results": [charge]}]}
    with pytest.warns(UserWarning, match="repeats 1 row"):
        assert read_cost_report([page, page])["amount_usd"].tolist() == [Decimal("1.5")]


def test_a_page_that_is_not_the_last_warns():
    row = {"num_model_requests": 1, "input_tokens": 5, "model": "gpt-4o"}
    page = {"data": [{"start_time": 1793491200, "results": [row]}], "has_more": True}
    last = {"data": [], "has_more": False}
    with pytest.warns(UserWarning, match="has_more is true"):
        read_usage_report(page)
    assert len(read_usage_report([page, last])) == 1


def test_a_row_keeps_its_id_when_its_day_grows():
    def ids(tokens):
        row = {
            "num_model_requests": 1,
            "input_tokens": tokens,
            "model": "gpt-4o",
            "api_key_id": "k",
        }
        page = {"data": [{"start_time": 1793491200, "results": [row, {**row, "api_key_id": "l"}]}]}
        return [call.call_id for call in read_usage_report(page)]

    assert ids(5) == ids(9) and len(set(ids(5))) == 2


def test_rows_that_are_about_the_same_and_count_differently_stay_two(tmp_path):
    path = written(tmp_path, f"{HEADER}\n{ROW}\n{ROW.replace('7000', '8000')}\n")
    ledger = Ledger()
    for _ in range(2):
        import_calls(ledger, read_usage_report(path))
    assert sorted(ledger.frame()["input_tokens"]) == [7000, 8000]


# --- What stands beside the counts ------------------------------------------------------------


def test_a_row_that_says_its_requests_were_long_has_their_rates(tmp_path):
    text = (
        f"{CLAUDE}\n2025-12-05,claude-sonnet-4-5,> 200k,500000,0,1000,global\n"
        "2025-12-06,claude-sonnet-4-5,≤ 200k,500000,0,1000,global\n"
    )
    long, short = read_usage_report(written(tmp_path, text))
    assert price(long)[0] == 3_022_500_000_000  # 0.5 x 6 + 0.001 x 22.5
    assert price(short)[0] == 1_515_000_000_000  # 0.5 x 3 + 0.001 x 15
    assert not long.estimated and not short.estimated


def test_reports_of_speech_count_seconds_and_characters():
    rows = [{"num_model_requests": 2, "model": "whisper-1", "seconds": 90},
            {"num_model_requests": 1, "model": "tts-1", "characters": 700}]  # fmt: skip
    page = {"data": [{"start_time": 1793491200, "results": rows}]}
    heard, spoken = read_usage_report(page)
    assert heard.usage.audio_seconds == 90 and heard.usage.requests == 2
    assert price(heard)[0] == 9_000_000_000  # 1.5 minutes at $0.006
    assert spoken.usage.input_characters == 700


def test_another_currency_is_no_amount_of_dollars(tmp_path):
    text = "usage_date_utc,model,token_type,cost_usd\n2026-11-01,Claude Haiku 4.5,input,{}\n"
    for cell in ("€12.50", "12.50 €", "£12.50", "12.50 EUR", "¥1250"):
        with pytest.raises(ValueError, match="no number of dollars: convert it"):
            read_cost_report(written(tmp_path, text.format(cell)))
    for cell in ("−12.50", "-$12.50", "($12.50)", "USD -12.50"):
        frame = read_cost_report(written(tmp_path, text.format(cell)))
        assert frame["amount_usd"].tolist() == [Decimal("-12.5")]


def test_an_amount_with_three_decimals_is_no_thousand_where_commas_delimit(tmp_path):
    text = "start_time,amount_value,amount_currency,line_item\n1793491200,1.234,usd,x\n"
    assert read_cost_report(written(tmp_path, text))["amount_usd"].tolist() == [Decimal("1.234")]
    with pytest.raises(ValueError, match="may have a decimal mark"):
        read_cost_report(written(tmp_path, text.replace(",", ";")))


@pytest.mark.parametrize(
    ("title", "whose"),
    [("MeterCategory", "Azure's"), ("lineItem/UsageType", "AWS'"), ("SKU description", "Google's"),
     ("BilledCost", "a FOCUS"), ("applied_cost_per_quantity", "GitHub's")],
)  # fmt: skip
def test_a_clouds_bill_is_named_and_what_it_is_good_for(tmp_path, title, whose):
    path = written(tmp_path, f"Date,{title},Total\n2026-11-01,x,3\n")
    for read in (read_calls, read_usage_report, read_cost_report):
        with pytest.raises(ValueError, match=f"This is {whose} bill.* with reconcile_invoice"):
            read(path)


def test_a_region_in_a_report_is_a_part_of_the_price(tmp_path):
    text = f"{CLAUDE}\n2026-11-05,claude-opus-4-6,≤ 200k,500,0,10,us\n"
    (call,) = read_usage_report(written(tmp_path, text))
    assert call.usage.region == "us"
    # 500 in at 5 and 10 out at 25, 1.1 times: 0.003025 USD
    assert price(call)[0] == 3_025_000_000
    (free,) = read_usage_report(written(tmp_path, text.replace("10,us", "10,global")))
    assert free.usage.region is None and price(free)[0] == 2_750_000_000


def test_a_console_with_titles_for_names(tmp_path):
    text = (
        "Usage Date (UTC)\tModel\tInput Tokens\tCache Creation Input Tokens\t"
        "Cache Read Input Tokens\tOutput Tokens\n2026/11/2\tclaude-haiku-4-5\t100\t20\t300\t40\n"
    )
    (call,) = read_usage_report(written(tmp_path, text))
    assert call.usage.input_tokens == 420 and call.usage.cache_write_5m_tokens == 20
    assert call.time == datetime(2026, 11, 2, tzinfo=UTC)


# --- Numbers and dates ------------------------------------------------------------------------


@given(st.integers(0, 10**9), st.sampled_from(".,"), st.booleans())
def test_a_count_survives_any_convention_that_shows_itself(count, mark, grouped):
    text = f"{count:,}" if grouped else str(count)
    if mark == ",":
        text = text.replace(",", ".")
    shown = f"{text}{mark}0"
    assert whole_count("n", shown, decimal_mark([shown])) == count


@given(st.decimals(-10_000, 10_000, places=4))
def test_an_amount_survives_both_marks(amount):
    english = f"${amount:,.4f}"
    german = english.translate(str.maketrans(".,", ",."))
    assert number("n", english, decimal_mark([], [english])) == amount
    assert number("n", german, decimal_mark([], [german])) == amount


def test_accountants_and_scientists_write_numbers_too():
    assert number("n", "(5.00)", ".") == -5 and number("n", "8.9E-05", ".") == Decimal("0.000089")
    assert number("n", "1'234.5", ".") == Decimal("1234.5")
    assert whole_count("n", "1,00,000", ".") == 100_000  # a lakh
    for nonsense in ("Infinity", "1e400", "1,0,0", "#VALUE!", "", True):
        with pytest.raises(ValueError, match="n="):
            number("n", nonsense, ".")


def test_the_order_of_day_and_month_is_the_files():
    assert day_comes_first(["1/2/2026", "31/1/2026"]) is True
    assert day_comes_first(["1/2/2026", "1/31/2026"]) is False
    assert day_comes_first(["2026-01-02"]) is None and day_comes_first(["1.2.2026"]) is True
    with pytest.raises(ValueError, match="pass day_first="):
        day_comes_first(["1/2/2026", "3/4/2026"])
    assert moment("1/2/2026", True) == datetime(2026, 2, 1, tzinfo=UTC)
    assert moment("1/2/2026 13:05", False) == datetime(2026, 1, 2, 13, 5, tzinfo=UTC)
    assert moment(1793491200000) == moment("1793491200") == datetime(2026, 11, 1, tzinfo=UTC)
    assert moment("Nov 1, 2026") == datetime(2026, 11, 1, tzinfo=UTC)
    assert moment("46331") == datetime(2026, 11, 5, tzinfo=UTC)  # a spreadsheet's own number
    assert moment("46331.5") == datetime(2026, 11, 5, 12, tzinfo=UTC)
    for day in ("20261101", "1-Nov-2026", "Sun, 01 Nov 2026 00:00:00 GMT", "2026年11月1日"):
        assert moment(day) == datetime(2026, 11, 1, tzinfo=UTC)
    assert moment("11/13/2026 1:05 PM", False) == datetime(2026, 11, 13, 13, 5, tzinfo=UTC)
    for none in ("soon", "0", 0, -5, "0001-01-01T00:00:00Z", "1970-01-01", 10**20):
        with pytest.raises(ValueError, match="is no date"):
            moment(none)
