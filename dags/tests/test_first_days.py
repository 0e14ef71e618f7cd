"""compose/first_days.py against an API server that is just starting: it answers nothing, or 503, before it answers."""

import http.server
import importlib.util
import json
import threading
import urllib.error

import pytest

from dag_files import DAGS

DAYS = ["2026-03-27", "2026-03-28"]


class Fake(http.server.BaseHTTPRequestHandler):
    """Each request is first left without an answer, then answered with a 503, then properly. A backfill makes green runs."""

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        tried = self.server.tried[self.command, self.path] = self.server.tried.get((self.command, self.path), 0) + 1
        if tried == 1:
            self.close_connection = True
            return
        status = 503 if tried == 2 else 401 if self.path.endswith("refused") else 200
        if status == 200 and self.path.endswith("/backfills"):
            asked = json.loads(body)
            self.server.backfills.append(asked["dag_id"])
            self.server.runs = [{"partition_key": day, "state": "success"} for day in DAYS]
        content = json.dumps({"access_token": "t", "dag_runs": self.server.runs}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = answer

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Fake) as found:
        found.tried, found.runs, found.backfills = {}, [], []
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield found
        found.shutdown()


@pytest.fixture
def first_days(server, tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("first_days", DAGS.parent / "compose/first_days.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    found.PASSWORDS = tmp_path / "passwords.json"
    found.PASSWORDS.write_text('{"admin": "not a secret"}')
    found.SERVER = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(found.time, "sleep", lambda seconds: None)
    return found


def test_a_server_that_is_not_up_yet_is_waited_for(server, first_days):
    first_days.Airflow().backfill("covers", DAYS)
    assert server.backfills == ["covers"]
    assert min(server.tried.values()) >= 3


def test_a_refusal_is_the_end(server, first_days):
    airflow = first_days.Airflow()
    with pytest.raises(urllib.error.HTTPError, match="401"):
        airflow.wait("nothing", lambda: airflow("GET", "refused"))
    assert server.tried["GET", "/api/v2/refused"] == 3


def test_waiting_ends_with_what_was_in_the_way(first_days):
    airflow = first_days.Airflow()
    airflow.until = 0
    with pytest.raises(SystemExit, match="gave up waiting for a day: "):
        airflow.wait("a day", lambda: airflow("GET", "slow"))
