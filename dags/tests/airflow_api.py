"""Airflow's REST API, as tests ask it."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

Answer = TypeVar("Answer")


def until(what: str, seconds: float, ready: Callable[[], Answer | None], every: float = 0.5) -> Answer:
    """Return the first true answer of ready(); TimeoutError after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        answer = ready()
        if answer:
            return answer
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        time.sleep(every)


class Api:
    """An Airflow at a URL. Sign in by setting token."""

    def __init__(self, url: str, token: str = ""):
        self.url, self.token = url, token

    def alive(self) -> None:
        """Raise where what is waited for can no longer come."""

    def call(self, method: str, path: str, body: dict[str, Any] | list[Any] | None = None) -> dict[str, Any]:
        """Ask the API; a path without a slash is below /api/v2/. An error's text is the server's own."""
        url = self.url + (path if path.startswith("/") else f"/api/v2/{path}")
        request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode())
        request.add_header("Accept", "application/json")
        request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as e:
            raise RuntimeError(f"{method} {path}: {e.code} {e.read().decode(errors='replace')[:2000]}") from None

    def runs(self, dag: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:  # a page has no more than a hundred, whatever is asked for
            page = self.call("GET", f"dags/{dag}/dagRuns?limit=100&offset={len(found)}&order_by=id")
            found += page["dag_runs"]
            if len(found) >= page["total_entries"] or not page["dag_runs"]:
                return found

    def finished(self, dag: str, ids: set[str], seconds: float) -> dict[str, dict[str, Any]]:
        """Wait until these runs are over, and return them by id."""

        def over() -> dict[str, dict[str, Any]] | None:
            self.alive()
            found = {r["dag_run_id"]: r for r in self.runs(dag) if r["dag_run_id"] in ids}
            return found if len(found) == len(ids) and all(r["state"] in ("success", "failed") for r in found.values()) else None

        return until(f"{len(ids)} runs of {dag}", seconds, over, every=1)

    def ask_backfill(self, dag: str, first: str, last: str, **options: Any) -> tuple[int, set[str]]:
        """Ask for a backfill of days first to last (YYYY-MM-DD), and return its id and those of its runs."""
        before = {r["dag_run_id"] for r in self.runs(dag)}
        # A partition carries the time of day of the DAG's cron: midnight would leave the last day out.
        body = {"dag_id": dag, "from_date": f"{first}T00:00:00Z", "to_date": f"{last}T23:59:00Z", **options}
        backfill = self.call("POST", "backfills", body)["id"]
        return backfill, {r["dag_run_id"] for r in self.runs(dag) if r["run_type"] == "backfill"} - before

    def backfilled(self, dag: str, backfill: int, runs: set[str], seconds: float) -> list[dict[str, Any]]:
        """Wait for a backfill, and return its runs in the order of their days."""
        found = self.finished(dag, runs, seconds)
        # Until the scheduler has noticed, the DAG's next backfill would be refused.
        until("the backfill's end", 60, lambda: self.call("GET", f"backfills/{backfill}")["completed_at"])
        return sorted(found.values(), key=lambda r: r["partition_key"])

    def backfill(self, dag: str, first: str, last: str, seconds: float, **options: Any) -> list[dict[str, Any]]:
        """Backfill days first to last, wait, and return the runs in the order of their days."""
        return self.backfilled(dag, *self.ask_backfill(dag, first, last, **options), seconds)

    def trigger(
        self, dag: str, seconds: float, partition_key: str | None = None, conf: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Trigger a run, wait, and return it."""
        body = {"logical_date": None, "partition_key": partition_key, "conf": conf or {}}
        run = self.call("POST", f"dags/{dag}/dagRuns", body)["dag_run_id"]
        return self.finished(dag, {run}, seconds)[run]

    def tasks(self, run: dict[str, Any]) -> list[dict[str, Any]]:
        return self.call("GET", f"dags/{run['dag_id']}/dagRuns/{quote(run['dag_run_id'], safe='')}/taskInstances?limit=1000")[
            "task_instances"
        ]

    def log(self, task: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the lines of a task's last try, each with timestamp, level, event and its fields."""
        run = f"dags/{task['dag_id']}/dagRuns/{quote(task['dag_run_id'], safe='')}"
        path = f"{run}/taskInstances/{task['task_id']}/logs/{task['try_number']}"
        return self.call("GET", f"{path}?map_index={task['map_index']}&full_content=true")["content"]
