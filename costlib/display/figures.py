"""What every lesson shows: figures and tables that anyone can read, and that a test can compare.

A figure is one idea: its title states the finding, its axes have units, its alternative text says
in a sentence what the eye would see, and its numbers stand beneath it as a table. It is shown as
HTML plus plain text, the only form whose alternative text survives in JupyterLab and nbconvert.
Lesson 1 introduces it; all eight use it. matplotlib loads when the first figure is drawn, and
its settings are changed inside a figure only.
"""

from __future__ import annotations

import base64
import io
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import cycle, pairwise
from typing import Any

from costlib.display.amounts import money
from costlib.display.axes import break_labels, dollars, finish, label_ends, thousands
from costlib.display.tables import Shown, Table, table
from costlib.display.templates import render
from costlib.faces import explained

__all__ = [
    "PALETTE", "Figure", "cost_map", "dollars", "dots", "figure", "label_ends", "lines", "table",
    "waterfall",
]  # fmt: skip

# Lines that stay apart for every kind of colour vision, each at least 3:1 on white (WCAG 1.4.11)
# and on black with its lightness inverted, as drawn.html does in a dark theme: the hues of Okabe &
# Ito (2008), their blue and purple made darker, and a dark grey.
BLUE, VERMILION, GREEN, PURPLE, GREY = "#0060B0", "#D55E00", "#00A070", "#C2649A", "#444444"
PALETTE = (BLUE, VERMILION, GREEN, PURPLE, GREY)

_INK, _FAINT = "#222222", "#DDDDDD"
_DPI = 175  # of a picture in a notebook, half as many again as most screens show
_WIDTH = 700  # CSS pixels of every figure where there is room; narrower screens shrink it

# Type is large for its width because a phone shows the picture at half its size or less.
_STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": _INK,
    "axes.grid": True,
    "axes.labelcolor": _INK,
    "axes.labelsize": 12,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "date.converter": "concise",
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same picture everywhere
    "font.size": 12,
    "grid.color": _FAINT,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "lines.linewidth": 2.5,
    "lines.markersize": 7,
    "text.color": _INK,
    "xtick.color": _INK,
    "xtick.labelsize": 12,
    "ytick.color": _INK,
    "ytick.labelsize": 12,
}


@dataclass(frozen=True)
class Figure(Shown):
    """A drawn figure: PNG bytes, the title that states its finding, alternative text, numbers."""

    png: bytes
    title: str
    alt: str
    numbers: Table | None = None
    photo: bool = False  # made of pixels: a dark theme must not turn its colours

    def html(self) -> str:
        """The figure with its title as real text, so that it wraps and can be read on a phone."""
        return render(
            "display/figure.html",
            title=self.title,
            alt=self.alt,
            source=image_source("image/png", self.png),
            width=_WIDTH,
            photo=self.photo,
            numbers=self.numbers.html() if self.numbers else "",
        )

    def __str__(self) -> str:
        return "\n".join([self.title, self.alt, *([str(self.numbers)] if self.numbers else [])])


def image_source(media_type: str, content: bytes) -> str:
    """A picture as the source of an image element, so that a page needs no file beside it."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"


class Drawing(Shown):
    """A vector drawing, shown as an image, which survives where a page takes no vector markup.

    Its words are the image's alternative text, the caption beneath it, and its plain text.
    """

    @property
    @abstractmethod
    def width(self) -> float:
        """How many pixels wide it is where there is room."""

    @property
    @abstractmethod
    def words(self) -> str:
        """What the drawing shows."""

    @abstractmethod
    def svg(self) -> str:
        """The drawing itself."""

    def html(self) -> str:
        """A figure with the drawing and its words."""
        return render(
            "display/drawing.html",
            says=self.words,
            source=image_source("image/svg+xml", self.svg().encode()),
            width=round(self.width),
        )

    def __str__(self) -> str:
        return self.words


@contextmanager
def figure(
    title: str,
    *,
    alt: str,
    numbers: Any = None,
    size: tuple[float, float] = (6, 3.5),
    panels: tuple[int, int] = (1, 1),
    show: Callable[[Figure], object] | None = None,
) -> Iterator[tuple[Any, Any]]:
    """Draw a figure in the house style and show it when the block ends.

        with figure("Output costs five times input", alt="Two bars.", numbers=rows) as (fig, ax):
            ax.bar(["input", "output"], [2, 10])
            ax.set_ylabel("USD per million tokens")

    `title` states the finding; `alt` says in a sentence or two what the picture shows; `numbers`
    (a `Table`, or what `table` takes) is read when the block ends. `size` is in inches; keep to
    6 wide, or the type gets small on a phone. An axis reads in dollars where its label says USD,
    else by thousands or in days, unless the block sets its ticks. `panels` is (rows, columns), `ax`
    then an array. `show` gets the finished figure instead of the page: a calculator puts it into
    its answer.
    """
    if not all(isinstance(words, str) and words.strip() for words in (title, alt)):
        raise ValueError("A figure needs a title that states its finding, and alternative text.")
    import matplotlib
    from cycler import cycler
    from IPython.display import display
    from matplotlib.figure import Figure as Canvas

    # matplotlib's types want the name of every setting as a literal.
    style: Any = {**_STYLE, "axes.prop_cycle": cycler(color=PALETTE)}
    with matplotlib.rc_context(style):
        # Not pyplot, so that nothing is shown twice.
        fig = Canvas(figsize=size, dpi=_DPI, layout="constrained")
        yield fig, fig.subplots(*panels)
        finish(fig)
        _shrink_photos(fig)
        png, photo = _png(fig), any(ax.images for ax in fig.axes)
    rows = numbers if numbers is None or isinstance(numbers, Table) else table(numbers)
    (show or display)(Figure(png, title, alt, rows, photo))


def _shrink_photos(fig: Any) -> None:
    """Make pictures no larger than the figure: to draw one takes 40 bytes for each pixel."""
    import numpy as np
    from PIL import Image

    most = round(max(fig.get_size_inches()) * _DPI)
    for image in (image for ax in fig.axes for image in ax.images):
        pixels = np.asarray(image.get_array())
        if pixels.dtype == np.uint8 and max(pixels.shape[:2]) > most:
            small = Image.fromarray(pixels)
            small.thumbnail((most, most))
            image.set_extent(image.get_extent())
            image.set_data(np.asarray(small))


def _png(fig: Any) -> bytes:
    """The same bytes each time: no date, no program name; 256 colours, a third of the size."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    # Not savefig, which draws twice: once for the layout, once for the picture.
    canvas, small = FigureCanvasAgg(fig), io.BytesIO()
    canvas.draw()
    if break_labels(fig):
        canvas.draw()
    drawn = Image.fromarray(np.asarray(canvas.buffer_rgba()))
    drawn.convert("RGB").quantize(256).save(small, format="png", optimize=True)
    return small.getvalue()


@explained
def dots(amounts: Mapping[str, Any], title: str, *, alt: str, unit: str) -> None:
    """Show a dot for each named amount in USD, cheapest below, on a log scale.

    `unit` says what an amount buys and labels the axis. All amounts must be above zero; their
    table gives each as a multiple of the smallest.
    """
    ranked = sorted(amounts.items(), key=lambda pair: pair[1])
    if not ranked or ranked[0][1] <= 0:
        raise ValueError("A log scale needs amounts above zero: leave the others out.")
    from matplotlib.ticker import LogLocator

    least = ranked[0][1]
    rows = [
        {"": name, "USD": money(usd), "times the least": f"{usd / least:,.1f}"}
        for name, usd in ranked
    ]
    with figure(title, alt=alt, numbers=rows, size=(6, 1 + 0.27 * len(ranked))) as (_, ax):
        ax.plot([float(usd) for _, usd in ranked], range(len(ranked)), "o")
        ax.set_yticks(range(len(ranked)), [name for name, _ in ranked])
        ax.set_xscale("log")
        dollars(ax.xaxis)
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 3)))  # side by side, 1, 2, 5 would touch
        ax.set_xlabel(unit)


@explained
def lines(
    series: Mapping[str, Iterable[tuple[Any, Any]]],
    title: str,
    *,
    alt: str,
    x: str,
    y: str,
    numbers: Any,
    log: bool = False,
    steps: bool = False,
    mark: tuple[Any, str] | None = None,
) -> None:
    """Show a named line of (x, USD) points for each series, told apart by colour and by dashes.

    The x values are numbers, or dates over several years. `x` and `y` label the axes; `steps`
    holds each amount until the next point; `mark` is a place on the x axis and its name, for a
    thin line there. Raises ValueError when there is no series, or one without points.
    """
    from matplotlib.dates import YearLocator

    drawn_points = {name: tuple(points) for name, points in series.items()}
    if not drawn_points or not all(drawn_points.values()):
        raise ValueError(
            f"series={dict(series)!r}: give at least one series, and at least one (x, USD) to each"
        )
    dates = all(isinstance(at, date) for points in drawn_points.values() for at, _ in points)
    with figure(title, alt=alt, numbers=numbers) as (_, ax):
        dash_styles = cycle(("-", "--", ":", "-."))
        for (name, points), dashes in zip(drawn_points.items(), dash_styles, strict=False):
            across, usd = zip(*points, strict=True)
            drawn = "steps-post" if steps else "default"
            ax.plot(across, [float(v) for v in usd], dashes, drawstyle=drawn, label=name)
        if log:
            ax.set_yscale("log")
        else:
            ax.set_ylim(bottom=0)
        if mark is not None:
            ax.axvline(mark[0], color=GREY, linewidth=1)
            ax.annotate(mark[1], (mark[0], 1), (0, 3), xycoords=("data", "axes fraction"),
                        textcoords="offset points", ha="center", color=GREY)  # fmt: skip
        if dates:
            ax.xaxis.set_major_locator(YearLocator())
        else:
            ax.xaxis.set_major_formatter(lambda value, _: thousands(value))
        dollars(ax.yaxis)
        ax.set_xlabel(x)
        ax.set_ylabel(y)
        if len(series) > 1:
            label_ends(ax)


@explained
def waterfall(
    steps: Sequence[tuple[str, Any]],
    title: str,
    *,
    alt: str,
    unit: str,
    end: str = "what is left",
    lit: str = "",
) -> None:
    """Show how an amount in USD changes step by step: a bar for each change, and what is left.

    `steps` are (name, USD): the first is the amount to begin with, each later one what its step
    leaves. `lit` names the step that stands out; `unit` labels the axis. Raises ValueError for
    fewer than two steps.
    """
    if len(steps) < 2:
        raise ValueError(f"steps={list(steps)!r}: give where it begins, and at least one step")
    start, left = steps[0][1], steps[-1][1]
    changes = [(name, before, after) for (_, before), (name, after) in pairwise(steps)]
    bars = [(steps[0][0], 0, start), *changes, (end, 0, left)]
    rows = [{"": steps[0][0], "change": None, "USD": money(start)}]
    for name, before, after in changes:
        sign = "+" if after > before else ""
        rows.append({"": name, "change": sign + money(after - before), "USD": money(after)})
    rows.append({"": end, "change": None, "USD": money(left)})
    with figure(title, alt=alt, numbers=table(rows), size=(6, 1 + 0.34 * len(bars))) as (_, ax):
        for at, (name, low, high) in enumerate(bars):
            total = at in (0, len(bars) - 1)
            colour = BLUE if total else VERMILION if high > low else GREEN
            # From the lower end: a bar's own left edge would hold the frame to it.
            faint = lit and not total and name != lit
            ax.barh(at, float(abs(high - low)), left=float(min(low, high)), edgecolor=colour,
                    color=(colour, 0.4 if faint else 1))  # fmt: skip
        ax.set_yticks(range(len(bars)), [name for name, *_ in bars])
        ax.invert_yaxis()
        ax.set_xlim(right=1.1 * max(float(high) for _, *ends in bars for high in ends))
        ax.xaxis.set_major_formatter(lambda value, _: f"${thousands(value)}" if value else "$0")
        ax.set_xlabel(unit)


_MAP = {
    "You choose": ("input tokens", "output tokens", "model choice", "volume"),
    "→ You pay": ("monthly bill",),
    "→ It decides": ("budget", "return on investment", "room to grow"),
}


@dataclass(frozen=True)
class CostMap(Shown):
    """The map of cost factors and what they drive, with some places lit; boxes, not a picture."""

    lit: tuple[str, ...]

    def html(self) -> str:
        """Boxes that both themes and a phone can show, the lit ones by word and weight as well."""
        return render("display/cost_map.html", columns=_MAP, lit=self.lit)

    def __str__(self) -> str:
        def name(text: str) -> str:
            return f"[{text}]" if text in self.lit else text

        return "\n".join(
            f"{head}: {', '.join(name(text) for text in names)}" for head, names in _MAP.items()
        )


@explained
def cost_map(lit: str | Sequence[str] = ()) -> CostMap:
    """The map of cost factors: what you choose, the bill it makes, what the bill decides.

    `lit` names the places that a lesson is about, one or several: "input tokens",
    "output tokens", "model choice", "volume", "monthly bill", "budget", "return on investment",
    "room to grow". Another name raises ValueError.
    """
    names = (lit,) if isinstance(lit, str) else tuple(lit)
    known = [name for group in _MAP.values() for name in group]
    for name in names:
        if name not in known:
            raise ValueError(f"{name!r} is not on the map; its places are: {', '.join(known)}.")
    return CostMap(names)
