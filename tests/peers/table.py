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


def ratio(values: Sequence[float], aim: float | None = None) -> str:
    """Return the median of ratios of which more is better, their span, and whether they reach the aim."""
    text = f"{statistics.median(values):.2f}"
    if len(values) > 1:
        text += f" [{min(values):.2f} to {max(values):.2f}]"
    if aim is None:
        return text
    return f"{text} (aim {aim:g}: {'reached' if statistics.median(values) >= aim else 'missed'})"
