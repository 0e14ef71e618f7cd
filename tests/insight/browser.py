"""A headless browser for pages that must need nothing but themselves."""

import contextlib
import os
import pathlib
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Dialog, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def executable() -> str:
    """Return the browser's path; SystemExit says how to get one where there is none."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    raise SystemExit(f"no browser: none of {', '.join(NAMES)} is on the PATH. On Debian: apt-get install chromium")


@contextlib.contextmanager
def browser() -> Iterator[Chromium]:
    """Run Chromium, without a window and without its sandbox where root runs it, who may not have one."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable(), args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield chromium
        chromium.close()


class Tab:
    """A page that was opened from a file, with all that it said and asked for."""

    def __init__(self, chromium: Chromium, path: pathlib.Path, *, dark: bool = False, width: int = 1200):
        self.context = chromium.new_context(color_scheme="dark" if dark else "light", viewport={"width": width, "height": 900})
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        self.page.on("dialog", self._dismiss)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri(), wait_until="load")
        self.own = path.as_uri()

    def _dismiss(self, dialog: Dialog) -> None:
        self.said.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def elsewhere(self) -> list[str]:
        """Return what was asked for beside the page itself and what stands in it."""
        return [url for url in self.asked if url != self.own and not url.startswith("data:")]

    def rows(self, caption: str) -> list[list[str]]:
        """Return the body of the table with this caption, shown or folded away."""
        return self.page.evaluate(
            """caption => {
                const table = [...document.querySelectorAll('table')].find(t => t.caption.textContent === caption)
                return [...table.tBodies[0].rows].map(r => [...r.cells].map(c => c.textContent))
            }""",
            caption,
        )

    def foot(self, caption: str) -> list[str]:
        """Return the last line of the table with this caption."""
        return self.page.evaluate(
            """caption => {
                const table = [...document.querySelectorAll('table')].find(t => t.caption.textContent === caption)
                return [...table.tFoot.rows[0].cells].map(c => c.textContent)
            }""",
            caption,
        )

    def sums(self, caption: str) -> dict[str, str]:
        """Return the last line of the table with this caption, by the names of its columns."""
        return self.page.evaluate(
            """caption => {
                const table = [...document.querySelectorAll('table')].find(t => t.caption.textContent === caption)
                const [head, foot] = [table.tHead, table.tFoot].map(part => [...part.rows[0].cells].map(c => c.textContent))
                return Object.fromEntries(head.map((name, i) => [name, foot[i]]))
            }""",
            caption,
        )

    def cards(self) -> dict[str, str]:
        """Return the key numbers by their labels."""
        return self.page.evaluate(
            """Object.fromEntries([...document.querySelectorAll('.card')].map(
                c => [c.querySelector('dt').textContent, c.querySelector('.value').textContent]))"""
        )
