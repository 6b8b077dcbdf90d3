"""Draw data/bank/screenshot.png, what a customer of the bank sends when a payment was declined.

    python data/draw_screenshot.py

A screen of an app that does not exist, laid out in points as phones do, and drawn at three pixels
a point. Text is 11 to 30 points high, in the font that comes with matplotlib. Lesson 2 reads it.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont

TARGET = Path(__file__).parent / "bank" / "screenshot.png"
POINTS = (430, 932)  # a large phone, held upright
SCALE = 3  # pixels a point

INK, FAINT, LINE, PAPER, CARD = "#1d2733", "#66717e", "#dfe4ea", "#f3f5f8", "#ffffff"
BRAND, ALARM, ALARM_PAPER = "#0f4c81", "#a3261c", "#fbe9e7"

# Name, second line, amount, whether it was declined.
ENTRIES = (
    ("Bright Books", "Today 12:41 · Card 4471", "−18.40", True),
    ("Bright Books", "Today 12:38 · Card 4471", "−18.40", True),
    ("Salary, Fenwick Ltd", "Yesterday · Transfer in", "+2,140.00", False),
    ("Harbour Grocers", "Yesterday · Card 4471", "−36.75", False),
    ("City Transit", "19 Nov · Card 4471", "−2.90", False),
    ("Rent, A. Morel", "18 Nov · Standing order", "−870.00", False),
)


class Screen:
    """A canvas that is drawn on in points."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", tuple(side * SCALE for side in POINTS), PAPER)
        self.pen = ImageDraw.Draw(self.image)
        self.fonts = Path(matplotlib.get_data_path(), "fonts", "ttf")

    def text(self, x: float, y: float, words: str, size: int, *, ink: str = INK, bold: bool = False,
             right: bool = False) -> None:  # fmt: skip
        """Words with their left (or right) end at x and their vertical middle at y."""
        name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
        font = ImageFont.truetype(str(self.fonts / name), size * SCALE)
        anchor = "rm" if right else "lm"
        self.pen.text((x * SCALE, y * SCALE), words, font=font, fill=ink, anchor=anchor)

    def box(self, left: float, top: float, right: float, bottom: float, fill: str) -> None:
        corners = [side * SCALE for side in (left, top, right, bottom)]
        self.pen.rounded_rectangle(corners, radius=14 * SCALE, fill=fill)

    def dot(self, x: float, y: float, radius: float, fill: str) -> None:
        corners = [v * SCALE for v in (x - radius, y - radius, x + radius, y + radius)]
        self.pen.ellipse(corners, fill=fill)


def draw() -> Image.Image:
    """The screen, in few colours."""
    screen = Screen()
    screen.pen.rectangle((0, 0, POINTS[0] * SCALE, 250 * SCALE), fill=BRAND)
    screen.text(28, 28, "12:43", 15, ink=CARD, bold=True)
    screen.text(402, 28, "84 %", 13, ink=CARD, right=True)
    screen.text(24, 84, "Larkfield", 22, ink=CARD, bold=True)
    screen.text(24, 134, "Everyday account ending 0926", 13, ink=CARD)
    screen.text(24, 172, "1,482.16 EUR", 30, ink=CARD, bold=True)
    screen.text(24, 212, "Available 1,461.76 EUR · 20.40 EUR on hold", 13, ink=CARD)

    screen.box(16, 266, 414, 396, ALARM_PAPER)
    screen.text(32, 292, "Payment declined", 17, ink=ALARM, bold=True)
    screen.text(32, 320, "Bright Books tried to take 18.40 EUR twice.", 13)
    screen.text(32, 342, "Your card is set to refuse payments on the internet.", 13)
    screen.text(32, 374, "Code D-117 · Ref 7F3A-90C2 · 22 Nov 2026 12:41:07", 11, ink=FAINT)

    screen.text(24, 424, "Activity", 17, bold=True)
    screen.box(16, 444, 414, 850, CARD)
    for row, (name, when, amount, declined) in enumerate(ENTRIES):
        middle = 478 + 66 * row
        screen.dot(52, middle, 18, ALARM_PAPER if declined else PAPER)
        screen.text(46, middle, name[0], 15, ink=ALARM if declined else BRAND, bold=True)
        screen.text(84, middle - 10, name, 15)
        screen.text(84, middle + 13, when, 11, ink=FAINT)
        screen.text(398, middle - 10, amount, 15, right=True)
        if declined:
            screen.text(398, middle + 13, "Declined", 11, ink=ALARM, right=True)
        if row:
            screen.pen.rectangle(
                [84 * SCALE, (middle - 34) * SCALE, 398 * SCALE, (middle - 34) * SCALE + 2],
                fill=LINE,
            )

    screen.pen.rectangle((0, 868 * SCALE, POINTS[0] * SCALE, POINTS[1] * SCALE), fill=CARD)
    for x, name in zip((34, 136, 246, 350), ("Home", "Cards", "Pay", "Help"), strict=True):
        screen.text(x, 896, name, 13, ink=BRAND if name == "Home" else FAINT, bold=name == "Home")
    return screen.image.quantize(32, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


if __name__ == "__main__":
    draw().save(TARGET, optimize=True)
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")
