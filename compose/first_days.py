"""Has Airflow make and read the last three days, by a backfill of covers_simulate and then one of covers, and prints how it goes.

Run again it finds the days there and does nothing. Ends with 0 once all are green.
"""

import datetime
import http.client
import json
import pathlib
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, TypeVar

SERVER = "http://api-server:8080"
PASSWORDS = pathlib.Path("/secrets/login/passwords.json")
DAYS = 3
PATIENCE = 1200  # seconds, for all of it

Answer = TypeVar("Answer")


def ask(method: str, path: str, body: Any = None, token: str = "") -> dict[str, Any]:
    request = urllib.request.Request(SERVER + path, method=method, data=None if body is None else json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as e:
        e.add_note(e.read().decode(errors="replace")[:2000])
        raise


class Airflow:
    def __init__(self) -> None:
        self.until = time.monotonic() + PATIENCE
        who = {"username": "admin", "password": json.loads(PASSWORDS.read_text())["admin"]}
        self.token = self.wait("a token", lambda: ask("POST", "/auth/token", who)["access_token"])

    def __call__(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        return ask(method, "/api/v2/" + path, body, self.token)

    def wait(self, what: str, ready: Callable[[], Answer | None]) -> Answer:
        """Return what ready() returns, once that is something. A server that is away, or not well, is not ready."""
        while True:
            trouble = ""
            try:
                if found := ready():
                    return found
            except urllib.error.HTTPError as e:
                if e.code < 500:
                    raise
                trouble = f": {e}"
            except (OSError, http.client.HTTPException) as e:  # URLError is an OSError
                trouble = f": {e}"
            if time.monotonic() > self.until:
                raise SystemExit(f"gave up waiting for {what}{trouble}; the runs are at http://localhost:8080")
            time.sleep(2)

    def known(self, dag: str) -> bool:
        try:
            return bool(self("GET", f"dags/{dag}"))
        except urllib.error.HTTPError as e:
            if e.code == 404:
                return False
            raise

    def states(self, dag: str) -> dict[str, set[str]]:
        """Return the states of a DAG's runs, by day."""
        states: dict[str, set[str]] = {}
        for run in self("GET", f"dags/{dag}/dagRuns?limit=100&order_by=-run_after")["dag_runs"]:
            states.setdefault(run["partition_key"], set()).add(run["state"])
        return states

    def backfill(self, dag: str, days: list[str]) -> None:
        self.wait(f"Airflow to read {dag}", lambda: self.known(dag))
        self.wait(f"{dag} to be unpaused", lambda: self("PATCH", f"dags/{dag}?update_mask=is_paused", {"is_paused": False}))

        def asked_for() -> bool:
            if missing := [day for day in days if day not in self.states(dag)]:
                # A partition carries the time of day of the DAG's schedule: midnight would leave the last day out.
                self(
                    "POST",
                    "backfills",
                    {"dag_id": dag, "from_date": f"{missing[0]}T00:00:00Z", "to_date": f"{missing[-1]}T23:59:00Z"},
                )
                print(f"{dag}: {', '.join(missing)} asked for", flush=True)
            return True

        def over() -> dict[str, set[str]] | None:
            states = self.states(dag)
            done = all("success" in states.get(day, ()) for day in days) or any(states.get(day) == {"failed"} for day in days)
            return states if done else None

        self.wait(f"the backfill of {dag}", asked_for)
        states = self.wait(dag, over)
        for day in days:
            print(f"{dag}: {day} {' '.join(sorted(states.get(day, ())))}", flush=True)
        if not all("success" in states.get(day, ()) for day in days):
            raise SystemExit(f"{dag}: not all days are green; see http://localhost:8080/dags/{dag}")


def main() -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    days = [str(today - datetime.timedelta(days=n)) for n in range(DAYS, 0, -1)]
    airflow = Airflow()
    for dag in ("covers_simulate", "covers"):
        airflow.backfill(dag, days)


if __name__ == "__main__":
    main()
