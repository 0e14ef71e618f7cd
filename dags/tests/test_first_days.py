"""compose/first_days.py against an API server that is just starting: it answers nothing, or 503, before it answers."""

import http.server
import importlib.util
import json
import threading
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dag_files import DAGS

DAYS = ["2026-03-27", "2026-03-28"]


class Fake(http.server.BaseHTTPRequestHandler):
    """Each request is first left without an answer, then answered with a 503, then properly. A backfill makes green runs."""

    def answer(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        tried = server.tried[self.command, self.path] = server.tried.get((self.command, self.path), 0) + 1
        if tried == 1:
            self.close_connection = True
            return
        status = 503 if tried == 2 else 401 if self.path.endswith("refused") else 200
        if status == 200 and self.path.endswith("/backfills"):
            asked = json.loads(body)
            server.backfills.append(asked["dag_id"])
            server.runs = [{"partition_key": day, "state": "success"} for day in DAYS]
        content = json.dumps({"access_token": "t", "dag_runs": server.runs}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = answer

    def log_message(self, *args: Any) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    """What was tried how often, which runs there are, and which DAGs were backfilled."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Fake)
        self.tried: dict[tuple[str, str], int] = {}
        self.runs: list[dict[str, str]] = []
        self.backfills: list[str] = []


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield found
        found.shutdown()


@pytest.fixture
def first_days(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    spec = importlib.util.spec_from_file_location("first_days", DAGS.parent / "compose/first_days.py")
    assert spec is not None and spec.loader is not None
    found: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    found.PASSWORDS = tmp_path / "passwords.json"
    found.PASSWORDS.write_text('{"admin": "not a secret"}')
    found.SERVER = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(found.time, "sleep", lambda seconds: None)
    return found


def test_a_server_that_is_not_up_yet_is_waited_for(server: Server, first_days: Any) -> None:
    first_days.Airflow().backfill("covers", DAYS)
    assert server.backfills == ["covers"]
    assert min(server.tried.values()) >= 3


def test_a_refusal_is_the_end(server: Server, first_days: Any) -> None:
    airflow = first_days.Airflow()
    with pytest.raises(urllib.error.HTTPError, match="401"):
        airflow.wait("nothing", lambda: airflow("GET", "refused"))
    assert server.tried["GET", "/api/v2/refused"] == 3


def test_waiting_ends_with_what_was_in_the_way(first_days: Any) -> None:
    airflow = first_days.Airflow()
    airflow.until = 0
    with pytest.raises(SystemExit, match="gave up waiting for a day: "):
        airflow.wait("a day", lambda: airflow("GET", "slow"))
