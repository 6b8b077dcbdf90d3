"""How the axes of a figure read: amounts in dollars, thousands, days; a line's name at its end.

What an axis counts follows from its label and its data, so that no figure needs to say it. USD on
a label asks for dollars. Lesson 1 shows the first axes. matplotlib loads when one is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import fill
from typing import Any


def finish(fig: Any) -> None:
    """Give every axis that still has matplotlib's own ticks those of the house."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.ticker import ScalarFormatter

    for axis in (axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis)):
        made = axis.get_major_formatter()
        if isinstance(made, ConciseDateFormatter):
            if isinstance(axis.get_major_locator(), AutoDateLocator):
                axis.set_major_locator(AutoDateLocator(minticks=3, maxticks=7))
            axis.set_major_formatter(lambda at, _, axis=axis: _day(at, axis.get_majorticklocs()))
        elif type(made) is ScalarFormatter and "USD" in axis.get_label_text():
            dollars(axis)
        elif type(made) is ScalarFormatter:
            axis.set_major_formatter(lambda n, _, axis=axis: _grouped(n, axis.get_majorticklocs()))


def break_labels(fig: Any) -> bool:
    """Put on several lines the axis labels that a drawn figure cuts off; whether there was one."""
    found = False
    for axis in (axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis)):
        label, along = axis.label, 0 if axis.axis_name == "x" else 1
        begin, end = label.get_window_extent().get_points()[:, along]
        first, last = fig.bbox.get_points()[:, along]
        if not label.get_text() or (first <= begin and end <= last):
            continue
        middle = (begin + end) / 2
        room = 2 * min(middle - first, last - middle) / (end - begin)
        text = label.get_text()
        # less than the room, since the axis moves a little to make room for the lines
        label.set_text(fill(text, max(1, int(0.85 * room * len(text)))))
        found = True
    return found


def dollars(axis: Any) -> None:
    """Label an axis in dollars, `dollars(ax.yaxis)`; a logarithmic one at 1, 2 and 5 times ten.

    The ticks of a linear axis have the same decimals; a zero has none.
    """
    from matplotlib.ticker import LogLocator, NullFormatter

    if axis.get_scale() == "log":
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_minor_formatter(NullFormatter())
        axis.set_major_formatter(lambda value, _: _dollars(value, (value,)))
    else:
        axis.set_major_formatter(lambda value, _: _dollars(value, axis.get_majorticklocs()))


def _dollars(value: float, ticks: Iterable[float]) -> str:
    places = _places(ticks)
    if places == 1 and all(abs(tick) >= 0.01 or tick == 0 for tick in ticks):
        places = 2
    return f"{'-' if value < 0 else ''}${abs(value):,.{places if value else 0}f}"


def _grouped(value: float, ticks: Iterable[float]) -> str:
    return f"{value:,.{_places(ticks)}f}"


def _places(ticks: Iterable[float]) -> int:
    """The decimals that tell these ticks apart; a tenth and a sum of tenths have one."""
    return max(len(f"{tick:.10f}".rstrip("0").partition(".")[2]) for tick in ticks)


def thousands(value: float) -> str:
    """A number in little room: "9,500", "40K"."""
    return f"{value / 1000:,.10g}K" if value >= 10_000 else f"{value:,.10g}"


def _day(value: float, ticks: Iterable[float]) -> str:
    """A tick in time, as short as its neighbours allow: "2026", "Nov 2026", "5 Nov", "12:00"."""
    from matplotlib.dates import num2date

    at, all_of_them = num2date(value), num2date(list(ticks))
    if any(f"{tick:%H%M}" != "0000" for tick in all_of_them) and (at.hour or at.minute):
        return f"{at:%H:%M}"
    if any(tick.day > 1 or tick.hour for tick in all_of_them):
        return f"{at.day} {at:%b}"
    return f"{at:%b %Y}" if any(tick.month > 1 for tick in all_of_them) else f"{at.year}"


def label_ends(ax: Any) -> None:
    """Write each line's label at its right end, in its colour, instead of a legend.

    Labels that would touch are moved apart. Call it last, when scales and limits are set. A label
    that starts with an underscore is matplotlib's own and is left out.
    """
    ends = []
    for line in ax.get_lines():
        x, y = line.get_xdata(orig=False)[-1], line.get_ydata(orig=False)[-1]
        if not str(line.get_label()).startswith("_"):
            ends.append((ax.transData.transform((x, y))[1], (x, y), line))
    points = 72 / ax.figure.dpi
    lowest = float("-inf")
    for height, end, line in sorted(ends, key=lambda found: found[0]):
        placed = max(height * points, lowest)
        lowest = placed + 15  # points: a line of 12-point type
        ax.annotate(
            line.get_label(),
            end,
            xytext=(6, placed - height * points),
            textcoords="offset points",
            va="center",
            color=line.get_color(),
            fontweight="bold",
            annotation_clip=False,
        )
