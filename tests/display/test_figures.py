"""Figures and tables: what a reader, a screen reader and nbval get from them."""

from __future__ import annotations

import base64
import io
import math
import re
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

from costlib.display import figures, templates

ROWS = [
    {"model": "a<b", "rate": Decimal("0.10"), "tokens": 1234567, "ratio": 0.25},
    {"model": "c", "rate": None, "tokens": 10, "ratio": math.nan},
]


def contrast(colour: str, other: str) -> float:
    """The WCAG 2 contrast ratio of two colours."""

    def luminance(code: str) -> float:
        parts = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (
            p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(colour), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


class Balanced(HTMLParser):
    """Checks that every tag is closed in order, and keeps the tags and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[figures.Figure]:
    """What has been displayed."""
    found: list[figures.Figure] = []
    monkeypatch.setattr("IPython.display.display", found.append)
    return found


def draw(**more: object) -> None:
    with figures.figure("Output is dear", alt="Two bars & a line.", **more) as (_, ax):
        ax.bar(["input", "output"], [2, 10])


def test_a_table_formats_numbers_and_shows_what_is_missing():
    text = str(figures.table(ROWS, caption="Rates", formats={"rate": "{:.2f}"}))
    assert text.splitlines() == [
        "Rates",
        "model  rate     tokens  ratio",
        "a<b    0.10  1,234,567   0.25",
        "c         –         10      –",
    ]


def test_a_table_is_accessible_html():
    made = figures.table(ROWS, caption="Rates", formats={"tokens": lambda n: f"{n} t"}).html()
    tags = Balanced(made).tags
    assert [a.get("scope") for t, a in tags if t == "th"] == ["col"] * 4 + ["row"] * 2
    assert "<caption" in made and "a&lt;b" in made and "1234567 t" in made
    sides = [a["style"].split(";")[0] for t, a in tags if t in ("th", "td")]
    assert sides == ["text-align:left", *["text-align:right"] * 3] * 3
    assert tags[0] == (
        "div",
        {"role": "group", "aria-label": "Rates", "tabindex": "0", "style": tags[0][1]["style"]},
    )


def test_the_points_of_a_column_stand_in_a_line():
    made = figures.table(
        [
            {"part": "input", "USD": "$0.004", "bill": "$0", "hours": "never", "change": "+25%"},
            {"part": "output", "USD": "$949.44", "bill": "$949.44", "hours": 10.8, "change": "-3%"},
            {"part": "total", "USD": "$950", "bill": "$949.44", "hours": 2, "change": "± 2.5%"},
        ]
    )
    assert str(made).splitlines() == [
        "part         USD     bill  hours  change",
        "input     $0.004    $0.00  never    +25%",
        "output  $949.44   $949.44   10.8     -3%",
        "total   $950      $949.44    2    ± 2.5%",
    ]
    assert made.rows[2][1] == "$950" and made.right == (False, True, True, True, True)
    assert "$950\u2008\u2007\u2007\u2007<" in made.html().replace("<span>$</span>", "$")


def test_nothing_is_as_precise_as_its_column():
    def shown(*column: str) -> tuple[str, ...]:
        return tuple(row[0] for row in figures.table([{"USD": text} for text in column]).rows)

    assert shown("$949.44", "$0", "-$1.00") == ("$949.44", "$0.00", "-$1.00")
    assert shown("$0.00081", "$0") == ("$0.00081", "$0")
    assert shown("$1,000", "$0") == ("$1,000", "$0")
    assert shown("$0", "$0") == ("$0", "$0")


@pytest.mark.parametrize("name", ["total", "spent in all", "Sum", "what is left"])
def test_a_sum_has_a_rule_above_it(name: str):
    made = figures.table([{"part": "a", "USD": 1}, {"part": name, "USD": 1}])
    styles = [a["style"] for t, a in Balanced(made.html()).tags if t in ("th", "td")]
    assert ["border-top" in style for style in styles] == [False] * 4 + [True] * 2
    assert "border-top" not in figures.table([{"part": "subtotals", "USD": 1}]).html()


def test_words_and_dates_stand_to_the_left():
    rows = [{"a": "never", "b": "2026-11-28", "c": "gpt-4.1", "d": True, "e": "10 of 12"}]
    assert figures.table(rows).right == (False,) * 5
    assert figures.table([{"who": "80 heavy", "pays back": "11 months"}]).right == (False, True)


def test_a_corner_above_the_row_names_is_no_empty_header():
    tags = Balanced(figures.table([{"": "a", "USD": 1}]).html()).tags
    assert [t for t, a in tags if t in ("th", "td")] == ["td", "th", "th", "td"]
    assert [a.get("scope") for t, a in tags if t == "th"] == ["col", "row"]


def test_dollars_are_not_read_as_formulas():
    made = figures.table([{"$1 or $2": "$3 to $4"}], caption="$5 and $6").html()
    assert re.findall(r".\$.", made.replace('aria-label="$5 and $6"', "")) == [">$<"] * 6


def test_every_value_in_a_template_is_escaped_and_a_missing_one_is_an_error():
    made = figures.Figure(b"", "<b>$1</b>", 'a "b" $2').html()
    assert "&lt;b&gt;<span>$</span>1" in made and 'alt="a &#34;b&#34; $2"' in made
    with pytest.raises(Exception, match="'caption' is undefined"):
        templates.render("display/table.html", header=("a",), rows=(), right=(False,))


@pytest.mark.parametrize("series", [{}, {"a": []}, {"a": [(1, 2)], "b": ()}])
def test_lines_without_points_are_refused(series, shown):
    with pytest.raises(ValueError, match="give at least one series"):
        figures.lines(series, "Title", alt="Alt.", x="x", y="y", numbers=ROWS)
    assert shown == []


def test_a_pandas_frame_brings_its_index_when_that_has_a_name():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"n": [1500, 2], "x": [0.5, None]})
    assert str(figures.table(frame)).splitlines() == ["    n    x", "1,500  0.5", "    2    –"]
    frame.index = pandas.Index(["a", "b"], name="who")
    assert str(figures.table(frame)).splitlines()[0].split() == ["who", "n", "x"]


def test_a_table_refuses_what_would_mislead():
    with pytest.raises(ValueError, match="no rows"):
        figures.table([])
    with pytest.raises(ValueError, match=r"\['cost'\].*'rate'"):
        figures.table(ROWS, formats={"cost": "{:.2f}"})


def test_a_figure_shows_title_alt_text_picture_and_numbers(shown: list[figures.Figure]):
    draw(numbers=ROWS, size=(5, 3))
    bundle = shown[0]._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    parsed = Balanced(bundle["text/html"])
    (image,) = [a for t, a in parsed.tags if t == "img"]
    assert image["alt"] == "Two bars & a line."
    assert base64.b64decode(image["src"].split(",")[1]).startswith(b"\x89PNG")
    assert "max-width:100%" in image["style"]
    assert {"figure", "figcaption", "details", "summary", "table"} <= {t for t, _ in parsed.tags}
    assert bundle["text/plain"].splitlines()[:2] == ["Output is dear", "Two bars & a line."]
    assert "1,234,567" in bundle["text/plain"]


def test_a_figure_is_small_and_the_same_each_time(shown: list[figures.Figure]):
    from PIL import Image

    draw()
    draw()
    assert shown[0].png == shown[1].png
    assert len(shown[0].png) < 60_000
    picture = Image.open(io.BytesIO(shown[0].png))
    assert picture.size == (1050, 612)
    assert picture.info.keys() <= {"dpi"}
    assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_a_figure_needs_words_and_leaves_matplotlib_as_it_was(shown: list[figures.Figure]):
    import matplotlib

    before = dict(matplotlib.rcParams)
    with pytest.raises(ValueError, match="alternative text"), figures.figure("Title", alt=" "):
        pass
    with pytest.raises(ZeroDivisionError), figures.figure("Title", alt="Nothing."):
        1 / 0  # noqa: B018
    assert shown == []
    draw(numbers=None)
    assert dict(matplotlib.rcParams) == before
    assert "<details>" not in shown[0].html()


def test_labels_at_line_ends_do_not_touch(shown: list[figures.Figure]):
    with figures.figure("Three", alt="Three lines.") as (fig, ax):
        for name, end in (("one", 1.0), ("two", 1.01), ("three", 1.02), ("_hidden", 1.0)):
            ax.plot([0, 1], [0, end], label=name)
        ax.set_yscale("symlog")
        figures.label_ends(ax)
        fig.draw_without_rendering()
        boxes = sorted((t.get_window_extent() for t in ax.texts), key=lambda box: box.y0)
        assert [t.get_text() for t in ax.texts] == ["one", "two", "three"]
        assert all(a.y1 <= b.y0 for a, b in pairwise(boxes))


def test_a_label_longer_than_its_figure_is_not_cut_off(shown: list[figures.Figure]):
    long = "USD a month in nine cases of ten, while all else stays in the middle"
    with figures.figure("Long", alt="A bar.") as (fig, ax):
        ax.barh(["request sampling"], [1])
        ax.set_xlabel(long)
        ax.set_ylabel(long)
    with figures.figure("Short", alt="A bar.") as (_, short):
        short.set_xlabel("USD a month")
    for label in (ax.xaxis.label, ax.yaxis.label):
        box = label.get_window_extent()
        assert fig.bbox.x0 <= box.x0 and box.x1 <= fig.bbox.x1
        assert fig.bbox.y0 <= box.y0 and box.y1 <= fig.bbox.y1
        assert label.get_text().split() == long.split()
    assert short.get_xlabel() == "USD a month"


def test_dollar_axes(shown: list[figures.Figure]):
    with figures.figure("Money", alt="A line.") as (fig, ax):
        ax.plot([1, 2], [0.4, 30_000])
        ax.set_yscale("log")
        figures.dollars(ax.yaxis)
        fig.draw_without_rendering()
        labels = [t.get_text() for t in ax.get_yticklabels()]
    assert {"$0.50", "$1", "$20", "$5,000"} <= set(labels)
    with figures.figure("Less than a cent apart", alt="A line.") as (fig, ax):
        ax.plot([1, 2], [0, 0.02])
        ax.set_yticks([0, 0.005, 0.01, 0.015, 0.02])
        figures.dollars(ax.yaxis)
        fig.draw_without_rendering()
        labels = [t.get_text() for t in ax.get_yticklabels()]
    assert labels == ["$0", "$0.005", "$0.010", "$0.015", "$0.020"]
    assert not any(t.get_text() for t in ax.yaxis.get_minorticklabels())


def in_the_dark(colour: str, page: str) -> str:
    """A colour as drawn.html shows it on a dark page: inverted, its hue kept, and screened.

    The matrix is CSS's `hue-rotate(180deg)` (Filter Effects, 13.1.6).
    """
    turn = ((-0.574, 1.43, 0.144), (0.426, 0.43, 0.144), (0.426, 1.43, -0.856))
    inverted = [1 - int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    shown = (sum(k * v for k, v in zip(row, inverted, strict=True)) for row in turn)
    behind = (int(page[i : i + 2], 16) / 255 for i in (1, 3, 5))
    screened = (1 - (1 - min(1, max(0, a))) * (1 - b) for a, b in zip(shown, behind, strict=True))
    return "#" + "".join(f"{round(255 * each):02X}" for each in screened)


# The pages behind a figure: JupyterLab, the site's theme, Colab.
DARK_PAGES = ("#111111", "#14181E", "#383838")


def test_a_photograph_is_drawn_no_larger_than_its_figure(shown: list[figures.Figure]):
    with figures.figure("A photograph", alt="Grey.", size=(2, 1)) as (fig, ax):
        ax.imshow(np.full((900, 300, 3), 128, np.uint8), extent=(0, 3, 9, 0))
    (image,) = fig.axes[0].images
    assert image.get_array().shape == (350, 117, 3)
    assert image.get_extent() == [0, 3, 9, 0] and (image.get_array() == 128).all()


def test_axes_say_their_units_without_being_asked(shown: list[figures.Figure]):
    with figures.figure("Axes", alt="Points.", panels=(1, 2)) as (_fig, (left, right)):
        left.plot([-2000, 7000], [-0.5, 2.5])
        left.set_xlabel("tokens")
        left.set_ylabel("USD a day")
        right.plot([0, 0.75], [7000, 9000])
        right.set_ylabel("USD a month")
    said = [text.get_text() for text in left.get_xticklabels() + left.get_yticklabels()]
    assert {"0", "5,000", "-$0.50", "$0", "$0.50", "$2.00"} <= set(said)
    assert "$8,000" in [text.get_text() for text in right.get_yticklabels()]


@pytest.mark.parametrize(
    ("days", "some"),
    [
        ([date(2026, 10, 23), date(2026, 11, 21)], {"1 Nov", "8 Nov"}),
        ([datetime(2026, 11, 13), datetime(2026, 11, 15)], {"13 Nov", "12:00", "14 Nov"}),
        ([date(2026, 1, 1), date(2026, 7, 1)], {"Feb 2026", "May 2026"}),
        ([date(2023, 1, 1), date(2027, 1, 1)], {"2024", "2026"}),
    ],
)
def test_an_axis_of_days_reads_as_people_write_them(days, some, shown):
    with figures.figure("Days", alt="A line.") as (fig, ax):
        ax.plot(days, [1, 2])
    fig.draw_without_rendering()
    assert some <= {text.get_text() for text in ax.get_xticklabels()}
    assert ax.xaxis.get_offset_text().get_text() == ""


@pytest.mark.parametrize("colour", figures.PALETTE)
def test_lines_stand_out_in_both_themes(colour: str):
    assert contrast(colour, "#FFFFFF") >= 3
    assert all(contrast(in_the_dark(colour, page), page) >= 3 for page in DARK_PAGES)


def test_words_stand_out_in_both_themes():
    ink = figures._INK
    assert contrast(ink, "#FFFFFF") >= 4.5
    assert all(contrast(in_the_dark(ink, page), page) >= 4.5 for page in DARK_PAGES)


def test_the_fullest_cell_of_a_heat_map_can_be_read_in_both_themes():
    html = templates.render(
        "calculators/heat_map.html", caption="Hours", days=["Mon"], hours=[(0, [(0.5, "$1")])]
    )
    ((*ink, shade),) = re.findall(r"rgba\((\d+),(\d+),(\d+),(0\.\d+)\)", html)
    cell = "#" + "".join(f"{round(255 - (255 - int(part)) * float(shade)):02X}" for part in ink)
    assert contrast("#111111", cell) >= 4.5
    assert contrast(in_the_dark("#111111", "#111111"), in_the_dark(cell, "#111111")) >= 4.5


def test_what_is_drawn_turns_dark_with_the_page_and_a_photograph_does_not(shown):
    draw()
    with figures.figure("A photograph", alt="Two pixels.") as (_, ax):
        ax.imshow([[0, 1]])
    drawn, photo = (figure.html() for figure in shown)
    assert drawn.count("costlib-drawn") == 2 and "<style>" in drawn
    assert "costlib-drawn" not in photo and "<style>" not in photo


def test_the_lit_place_stands_out_in_both_themes():
    (colour,) = set(re.findall(r"3px solid (#\w{6})", figures.cost_map("volume").html()))
    assert contrast(colour, "#FFFFFF") >= 3
    assert contrast(colour, "#111111") >= 3


# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
DICHROMATS = {
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
               (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
               (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602),
               (0.004733, 0.691367, 0.303900)),
}  # fmt: skip


def lab(colour: str, seen_by: tuple[tuple[float, ...], ...]) -> tuple[float, ...]:
    """A colour in CIE L*a*b* (D65) as somebody with that matrix sees it."""
    raw = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in raw]
    r, g, b = (
        min(1.0, max(0.0, sum(k * v for k, v in zip(row, linear, strict=True)))) for row in seen_by
    )
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("kind", DICHROMATS)
def test_lines_stay_apart_for_every_colour_vision(kind: str):
    for palette in (figures.PALETTE, [in_the_dark(c, "#111111") for c in figures.PALETTE]):
        seen = [lab(colour, DICHROMATS[kind]) for colour in palette]
        apart = [math.dist(a, b) for i, a in enumerate(seen) for b in seen[:i]]
        assert min(apart) > 15  # CIE76; 2.3 is just noticeable side by side


def test_the_map_lights_places_in_words_too():
    made = figures.cost_map(lit=("model choice", "volume"))
    tags = Balanced(made.html()).tags
    assert sum(t == "li" for t, _ in tags) == 8
    assert made.html().count("(this lesson)") == 2
    assert str(made).splitlines() == [
        "You choose: input tokens, output tokens, [model choice], [volume]",
        "→ You pay: monthly bill",
        "→ It decides: budget, return on investment, room to grow",
    ]
    assert figures.cost_map("budget").lit == ("budget",)
    with pytest.raises(ValueError, match="'modle' is not on the map; its places are: input"):
        figures.cost_map("modle")


def test_importing_figures_loads_no_matplotlib():
    code = "import sys, costlib.display.figures; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_dots_are_ranked_and_their_table_counts_from_the_least(shown: list[figures.Figure]):
    amounts = {"dear": Decimal("0.05"), "cheap": Decimal("0.0005")}
    figures.dots(amounts, "A hundredfold", alt="Two dots.", unit="USD for a task")
    rows = [row for row in shown[0].numbers.rows]
    assert rows == [("cheap", "$0.0005", "1.0"), ("dear", "$0.05", "100.0")]
    with pytest.raises(ValueError, match="above zero"):
        figures.dots({"free": 0}, "Free", alt="None.", unit="USD")


@pytest.mark.parametrize("log", [False, True])
def test_lines_take_dates_and_numbers(shown: list[figures.Figure], log: bool):
    words = {"alt": "Two lines.", "x": "x", "y": "USD", "numbers": [{"x": 1}], "log": log}
    first, last = date(2025, 1, 1), date(2026, 7, 1)
    days = {"a": [(first, 1), (last, 2)], "b": [(first, 5), (last, 6)]}
    figures.lines(days, "Dates", steps=True, mark=(date(2026, 1, 1), "today"), **words)
    figures.lines({"a": [(0, 1), (400_000, 2)]}, "Numbers", **words)
    assert [figure.title for figure in shown] == ["Dates", "Numbers"]
    assert shown[0].png != shown[1].png


def test_a_waterfall_says_each_change_and_what_is_left(shown):
    figures.waterfall(
        [("as planned", 100), ("1. batch", 80), ("2. waste", 95)],
        "From $100 to $95", alt="Three bars.", unit="USD a month",
    )  # fmt: skip
    text = str(shown[-1])
    assert "-$20.00" in text and "+$15.00" in text and text.count("$95.00") == 2
    with pytest.raises(ValueError, match="at least one step"):
        figures.waterfall([("as planned", 1)], "t", alt="a", unit="USD")
