"""Airflow's UI in a headless Chromium, as its user goes through it. Pictures are kept in stack.KEPT."""

from __future__ import annotations

import os
import shutil
from typing import Any
from urllib.parse import quote

from playwright.sync_api import expect, sync_playwright

import stack as on

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def program() -> str:
    """Return the path of a Chromium; AssertionError says how to get one."""
    found = os.environ.get("COVERS_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert found, (
        f"no browser: install one of {', '.join(NAMES)} (Debian: apt-get install chromium), or name it in COVERS_CHROMIUM"
    )
    return found


class Browser:
    """A signed-in browser."""

    def __init__(self, url: str, password: str):
        self.url = url
        self.playwright = sync_playwright().start()
        self.browser = self.playwright.chromium.launch(
            executable_path=program(), args=["--no-sandbox"] if os.getuid() == 0 else []
        )
        self.page = self.browser.new_page(viewport={"width": 1280, "height": 640}, timezone_id="UTC", locale="en-GB")
        self.page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        self.page.goto(f"{url}/dags/covers")
        self.page.locator("input[name=username]").fill("admin")
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("button[type=submit]").click()
        self.page.wait_for_url("**/dags/covers")

    def close(self) -> None:
        self.browser.close()
        self.playwright.stop()

    def divide(self, x: int) -> None:
        """Move the border between the grid and what is beside it to x pixels."""
        border = (
            self.page.locator("[data-panel-resize-handle-id]").or_(self.page.locator("[role=separator]")).first.bounding_box()
        )
        y = border["y"] + border["height"] - 40
        self.page.mouse.move(border["x"] + border["width"] / 2, y)
        self.page.mouse.down()
        self.page.mouse.move(x, y, steps=5)
        self.page.mouse.up()

    def picture(self, name: str) -> None:
        self.page.wait_for_timeout(1000)  # for what still moves
        self.page.screenshot(path=on.KEPT / f"{name}.png")

    def backfill(self, first: str, last: str) -> None:
        """Ask for a backfill of the days first to last as a person does: Trigger, Backfill, two dates, Run Backfill."""
        self.page.goto(f"{self.url}/dags/covers")
        self.page.get_by_role("button", name="Trigger").first.click()
        dialog = self.page.locator("[role=dialog][data-scope=dialog]")
        dialog.get_by_text("Backfill", exact=True).click()
        for day, time in ((first, "00:00"), (last, "23:59")):
            dialog.get_by_text("Select date and time").first.click()
            self.page.get_by_placeholder("YYYY/MM/DD").last.fill(day.replace("-", "/"))
            self.page.get_by_placeholder("HH:mm").last.fill(time)
            self.page.get_by_placeholder("HH:mm").last.press("Enter")
            dialog.get_by_text("Run Backfill - covers").click()  # away from the calendar
        expect(dialog.get_by_text("2 runs will be triggered.")).to_be_visible()
        self.page.get_by_label("Max Active Runs").or_(self.page.locator("input[name=max_active_runs]")).first.fill("2")
        self.picture("backfill")
        dialog.get_by_role("button", name="Run Backfill").click()
        expect(dialog).to_be_hidden()

    def days(self) -> None:
        """Show the DAG covers with its runs."""
        self.page.goto(f"{self.url}/dags/covers")
        expect(self.page.get_by_text("transform", exact=True).first).to_be_visible()

    def open_task(self, task: dict[str, Any], tab: str = "") -> None:
        """Show a task of a run, and one of its tabs; without one, its log."""
        run = quote(task["dag_run_id"], safe="")
        mapped = f"/mapped/{task['map_index']}" if task["map_index"] >= 0 else ""
        self.page.goto(f"{self.url}/dags/{task['dag_id']}/runs/{run}/tasks/{task['task_id']}{mapped}{tab}")

    def text(self) -> str:
        return self.page.locator("body").inner_text()
