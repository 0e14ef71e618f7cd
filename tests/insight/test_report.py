"""The report's page in a browser: it needs nothing, says what the marts say, and everybody can read it."""

import json
import pathlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser as Chromium

from browser import Tab
from conftest import DAYS, REPO, Demo, make_demo

Marts = Callable[[str], list[Any]]
"""Answers a query with its rows."""

SPAN = "service_date BETWEEN DATE '{}' AND DATE '{}'".format(*DAYS)


@pytest.fixture(scope="module")
def tab(chromium: Chromium, demo: Demo) -> Tab:
    return Tab(chromium, demo.page)


@pytest.fixture(scope="module")
def marts(demo: Demo) -> Iterator[Marts]:
    with demo.marts() as connection:
        yield lambda query: connection.execute(query).fetchall()


def count(n: int | None) -> str:
    return f"{int(n or 0):,}"


def percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f}%"


def platform(name: str) -> str:
    return {"opentable": "OpenTable", "thefork": "TheFork"}[name]


def test_it_opens_without_an_error_and_asks_for_nothing(tab: Tab, demo: Demo) -> None:
    assert tab.said == []
    assert tab.elsewhere() == []
    assert demo.page.stat().st_size < 1_000_000
    assert tab.page.locator("script").count() == 0


def test_it_is_what_processed_keeps(demo: Demo) -> None:
    assert demo.page.read_bytes() == (demo.dir / "lake/processed/reports/2026-03-27..2026-03-29.html").read_bytes()


def test_it_says_first_that_the_days_are_in_order(tab: Tab) -> None:
    assert tab.page.locator("h1").inner_text() == "Friday 27 March 2026 to Sunday 29 March 2026"
    assert tab.page.locator(".verdict").inner_text().startswith("In order")


def test_its_key_numbers_are_those_of_the_marts(tab: Tab, marts: Marts) -> None:
    ((covers, reservations, cancelled, no_shows, came),) = marts(f"""
        SELECT SUM(covers), SUM(reservations), SUM(cancelled), SUM(no_shows), SUM(arrived + seated + completed)
        FROM daily_service WHERE {SPAN}""")
    spend = marts(f"SELECT currency, ROUND(SUM(spend_total)) FROM daily_service WHERE {SPAN} GROUP BY currency")
    assert tab.cards() == {
        "Covers": count(covers),
        "Reservations": count(reservations),
        "No-show rate": percent(no_shows, no_shows + came),
        "Cancellation rate": percent(cancelled, reservations),
        **{f"Spend in {code}": count(amount) for code, amount in spend},
    }
    assert covers > 500


def test_its_tables_by_restaurant_are_the_marts(tab: Tab, marts: Marts) -> None:
    rows = marts(f"""
        SELECT restaurant, platform, SUM(covers), SUM(reservations), SUM(cancelled), SUM(no_shows),
          SUM(no_shows + arrived + seated + completed), SUM(no_show_covers)
        FROM daily_service WHERE {SPAN}
        GROUP BY restaurant_id, restaurant, platform ORDER BY restaurant_id, platform""")
    covers, reservations = (sum(r[i] for r in rows) for i in (2, 3))
    assert tab.rows("Covers by restaurant and platform") == [
        [r[0], platform(r[1]), count(r[2]), percent(r[2], covers)] for r in rows
    ]
    assert tab.rows("Reservations by restaurant and platform") == [
        [r[0], platform(r[1]), count(r[3]), percent(r[3], reservations)] for r in rows
    ]
    assert tab.rows("No-shows and cancellations by restaurant and platform") == [
        [r[0], platform(r[1]), count(r[4]), percent(r[4], r[3]), count(r[5]), percent(r[5], r[6]), count(r[7])] for r in rows
    ]


def test_its_other_tables_are_the_marts(tab: Tab, marts: Marts) -> None:
    dates = marts(f"SELECT service_date, SUM(covers), SUM(reservations) FROM daily_service WHERE {SPAN} GROUP BY 1 ORDER BY 1")
    assert tab.rows("Covers and reservations by date") == [[f"{d:%A} {d.day} {d:%B %Y}", count(c), count(r)] for d, c, r in dates]

    steps = marts(
        f"SELECT SUM(reservations), SUM(guests) FROM status_funnel WHERE {SPAN} GROUP BY step_number ORDER BY step_number"
    )
    assert [[r[1], r[3]] for r in tab.rows("Bookings by how far they came")] == [[count(r), count(g)] for r, g in steps]

    channels = marts(f"SELECT platform, SUM(reservations), SUM(covers) FROM channel_mix WHERE {SPAN} GROUP BY platform, channel")
    assert sorted([r[1], r[2], r[4]] for r in tab.rows("Reservations by channel")) == sorted(
        [platform(p), count(r), count(c)] for p, r, c in channels
    )

    leads = marts(f"SELECT lead_days, SUM(reservations), SUM(guests) FROM lead_time WHERE {SPAN} GROUP BY 1")
    spans = [(-1000, 0), (1, 1), (2, 3), (4, 7), (8, 14), (15, 30), (31, 100_000)]
    assert [[r[1], r[3]] for r in tab.rows("Reservations by days ahead") if r[0] != "Not known"] == [
        [
            count(sum(r for d, r, _ in leads if d is not None and a <= d <= b)),
            count(sum(g for d, _, g in leads if d is not None and a <= d <= b)),
        ]
        for a, b in spans
    ]

    parties = dict(marts(f"SELECT LEAST(party_size, 9), COUNT(*) FROM reservations WHERE {SPAN} GROUP BY 1"))
    assert [r[1] for r in tab.rows("Reservations by party size")] == [count(parties.get(n)) for n in range(1, 10)]

    for code, amount, bills, completed in marts(f"""
            SELECT currency, SUM(spend_total), COUNT(spend_total), COUNT(*) FILTER (status = 'completed')
            FROM reservations WHERE {SPAN} GROUP BY 1"""):
        assert tab.foot(f"Spend in {code} by restaurant and platform")[2:] == [
            f"{code} {amount:,.2f}",
            count(bills),
            count(completed),
        ]


def test_its_balance_is_the_ledgers(tab: Tab, marts: Marts) -> None:
    received, accepted, refused, merged, loaded = marts("""
        SELECT SUM(reservation_received + customer_received), SUM(reservation_accepted + customer_accepted),
          SUM(reservation_quarantined + customer_quarantined), SUM(customer_merged),
          SUM(reservation_landed + customer_landed) FROM loads""")[0]
    current = marts("SELECT (SELECT COUNT(*) FROM reservations) + (SELECT COUNT(*) FROM customers)")[0][0]
    sums = tab.sums("Records by source")
    assert {name: sums[name] for name in ("Received", "Accepted", "Refused", "Merged", "Loaded", "Current")} == {
        "Received": count(received),
        "Accepted": count(accepted),
        "Refused": count(refused),
        "Merged": count(merged),
        "Loaded": count(loaded),
        "Current": count(current),
    }
    assert received == accepted + refused + merged
    assert merged > 0


# Each pair of colours in which a text or a bar stands on its ground.
PAIRS = """() => {
    const ground = e => {
        for (; e; e = e.parentElement) {
            const colour = getComputedStyle(e).backgroundColor
            if (colour !== 'rgba(0, 0, 0, 0)') return colour
        }
    }
    const texts = [...document.body.querySelectorAll('*:not(title)')].filter(
        e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    const pairs = [...texts, ...document.querySelectorAll('.swatch, .dot, path:not(.grid)')].map(e => {
        const style = getComputedStyle(e)
        const ink = e.matches('.swatch, .dot') ? style.backgroundColor : e.closest('svg') ? style.fill : style.color
        return `${ink} on ${ground(e.matches('.swatch, .dot') ? e.parentElement : e)}`
    })
    return [...new Set(pairs)].map(p => p.split(' on '))
}"""


def contrast(a: str, b: str) -> float:
    """Return the contrast of two colours as CSS writes them, by WCAG 2."""

    def luminance(colour: str) -> float:
        (found,) = re.findall(r"^rgb\((\d+), (\d+), (\d+)\)$", colour)
        parts = [int(n) / 255 for n in found]
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("dark", "width"), [(False, 1200), (True, 1200), (False, 390), (True, 390)])
def test_everybody_can_read_it(chromium: Chromium, demo: Demo, pictures: pathlib.Path, dark: bool, width: int) -> None:
    tab = Tab(chromium, demo.page, dark=dark, width=width)
    tab.page.screenshot(path=pictures / f"report-{'dark' if dark else 'light'}-{width}.png", full_page=True)
    assert tab.page.evaluate("document.documentElement.scrollWidth") == width
    tab.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = Axe().run(tab.page, options={"resultTypes": ["violations", "incomplete"]})
    assert found.response["violations"] == [], found.generate_report()
    # Axe does not decide the contrast in charts, nor of what a table that scrolls shows in part.
    assert {x["id"] for x in found.response["incomplete"]} <= {"color-contrast"}
    pairs = tab.page.evaluate(PAIRS)
    assert len(pairs) >= 7
    assert [(ink, ground) for ink, ground in pairs if contrast(ink, ground) < 4.5] == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") == width


def test_it_is_readable_without_colour_or_light(chromium: Chromium, demo: Demo, pictures: pathlib.Path) -> None:
    """On paper the ground is white, whatever the reader's screen is, and no table is cut off."""
    tab = Tab(chromium, demo.page, dark=True)
    tab.page.emulate_media(media="print")
    assert tab.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.page.evaluate("[...document.querySelectorAll('.part .scroll')].every(s => s.scrollWidth <= s.clientWidth)")
    pdf = tab.page.pdf(path=pictures / "report.pdf", format="A4")
    assert pdf.startswith(b"%PDF") and 2 <= pdf.count(b"/Type /Page\n") <= 8


def test_a_day_without_its_data_says_so_first(chromium: Chromium, demo: Demo, pictures: pathlib.Path, tmp_path: Path) -> None:
    page = tmp_path / "missing.html"
    result = demo.report("--check", "--day", "2026-04-05", "--page", str(page), code=65)
    assert {f["finding"] for f in result["details"]["findings"]} == {"missing"}
    tab = Tab(chromium, page)
    tab.page.screenshot(path=pictures / "report-missing.png", full_page=True)
    verdict = tab.page.locator(".verdict")
    assert verdict.inner_text().startswith("Not in order")
    assert "Nothing was read of this day" in verdict.inner_text()
    assert tab.cards() == {}  # what other days brought of it would be taken for its numbers
    assert tab.page.locator("main h2").first.inner_text() == "What to look at"
    finding = tab.page.locator(".findings li").inner_text()  # one, since all seven sources have it
    assert "run extract" in finding and "guests of group-main (TheFork)" in finding
    assert tab.said == [] and Axe().run(tab.page).response["violations"] == []


HOSTILE = {
    101: '<script>window.hit = 1; alert("hit")</script>',
    102: '"><img src=x onerror="window.hit = 1"><svg onload="window.hit = 1">',
    103: "\u202egnp.exe\u2066 " + "Côte d\u2019Azur 食べる " * 24 + "'; window.hit = 1; //",
}


def test_hostile_names_do_nothing(chromium: Chromium, pictures: pathlib.Path, tmp_path: Path) -> None:
    text = (REPO / "restaurants.yaml").read_text()
    for old, name in zip(("Covers London", "Covers Paris", "Covers New York"), HOSTILE.values(), strict=True):
        assert text.count(f"name: {old}\n") == 1
        text = text.replace(f"name: {old}\n", f"name: {json.dumps(name)}\n")
    restaurants = tmp_path / "restaurants.yaml"
    restaurants.write_text(text)
    demo = make_demo(tmp_path / "demo", "--days", DAYS[0], "--records", "60", "--restaurants", str(restaurants))
    tab = Tab(chromium, demo.page, width=390)
    tab.page.screenshot(path=pictures / "report-hostile.png", full_page=True)
    assert tab.said == [] and tab.elsewhere() == []
    assert tab.page.evaluate("window.hit") is None
    assert tab.page.locator("img, script, iframe, object, a").count() == 0
    assert (
        tab.page.evaluate(
            "[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(a => a.startsWith('on'))"
        )
        == []
    )
    shown = {row[0] for row in tab.rows("Covers by restaurant and platform")}
    assert shown == {name if len(name) <= 60 else name[:59] + "…" for name in HOSTILE.values()}
    assert tab.page.evaluate("document.documentElement.scrollWidth") == 390
