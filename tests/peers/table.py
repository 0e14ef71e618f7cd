"""Writes Markdown tables, and ratios beside their aims."""

import statistics
from collections.abc import Iterable, Sequence


def table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    return "\n".join(map(row, [head, ["---"] * len(head), *body]))


def row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def figure(value: float) -> str:
    """Return a number with three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def ratio(values: Sequence[float], aim: float | None = None, at_most: float | None = None) -> str:
    """Return the median of ratios, their span, and whether it reaches the aim, or stays within what it may be at most."""
    middle = statistics.median(values)
    text = f"{middle:.2f}"
    if len(values) > 1:
        text += f" [{min(values):.2f} to {max(values):.2f}]"
    if aim is not None:
        text += f" (aim {aim:g}: {'reached' if middle >= aim else 'missed'})"
    if at_most is not None:
        text += f" (aim at most {at_most:g}: {'reached' if middle <= at_most else 'missed'})"
    return text
