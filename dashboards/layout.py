"""Where things are on a dashboard: a text on top with the legends beside it, then rows of sheets.

Places are in Tableau's hundred-thousandths of its width and height.
"""

from collections.abc import Callable, Iterator
from itertools import count

from lxml import etree

from model import Dashboard, Pill, Sheet, Source

Named = Callable[[Source, Pill], str]
"""How a field of a sheet is named."""

ALL, TEXT_HEIGHT = 100_000, 11_000
LEGEND_WIDTH = 11_000


def zone(parent: etree._Element, ids: Iterator[int], box: tuple[int, int, int, int], **attributes: str) -> etree._Element:
    x, y, w, h = box
    return etree.SubElement(
        parent,
        "zone",
        {k.replace("_", "-"): v for k, v in attributes.items()},
        id=str(next(ids)),
        x=str(x),
        y=str(y),
        w=str(w),
        h=str(h),
    )


def legends(dashboard: Dashboard) -> list[tuple[Sheet, Pill]]:
    """Return the sheets whose legends are shown, the first one that each field colours, with how it does."""
    first: dict[str, tuple[Sheet, Pill]] = {}
    for sheet in dashboard.sheets:
        if sheet.color:
            first.setdefault(sheet.color.field, (sheet, sheet.color))
    return list(first.values())


def heading(parent: etree._Element, ids: Iterator[int], dashboard: Dashboard, used: Named) -> None:
    top = zone(parent, ids, (0, 0, ALL, TEXT_HEIGHT), type_v2="layout-flow", param="horz")
    shown = legends(dashboard)
    width = ALL - LEGEND_WIDTH * len(shown)
    text = etree.SubElement(zone(top, ids, (0, 0, width, TEXT_HEIGHT), type_v2="text"), "formatted-text")
    for said, size, bold in (
        (dashboard.name, "18", "true"),
        ("\u00c6\n" + dashboard.text, "10", "false"),
    ):  # Æ before a line's end
        etree.SubElement(text, "run", bold=bold, fontsize=size).text = said
    for n, (sheet, color) in enumerate(shown):
        zone(
            top,
            ids,
            (width + n * LEGEND_WIDTH, 0, LEGEND_WIDTH, TEXT_HEIGHT),
            type_v2="color",
            name=sheet.name,
            param=used(sheet.source, color),
            pane_specification_id="0",
        )


def zones(dashboard: Dashboard, used: Named) -> etree._Element:
    """Return a dashboard's zones."""
    root, ids = etree.Element("zones"), count(1)
    page = zone(root, ids, (0, 0, ALL, ALL), type_v2="layout-basic")
    column = zone(page, ids, (0, 0, ALL, ALL), type_v2="layout-flow", param="vert")
    heading(column, ids, dashboard, used)
    height = (ALL - TEXT_HEIGHT) // len(dashboard.rows)
    for n, sheets in enumerate(dashboard.rows):
        y, width = TEXT_HEIGHT + n * height, ALL // len(sheets)
        row = zone(column, ids, (0, y, ALL, height), type_v2="layout-flow", param="horz")
        for m, sheet in enumerate(sheets):
            zone(row, ids, (m * width, y, width, height), name=sheet.name)
    return root
