"""Who hears of trouble: what [covers] on_failure and on_late may name, and what is sent, to real servers of the protocols."""

from __future__ import annotations

import email
import json
import socketserver
import sys
import threading
from collections.abc import Iterator
from email import policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import BaseNotifier
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

from covers_airflow import alerts, notify

ALERT = alerts.Alert(
    kind="failed",
    dag="covers",
    run="scheduled__2026-03-28T06:00:00+00:00__2026-03-27",
    day="2026-03-27",
    title="covers of 2026-03-27 is red: 1 step failed",
    next="clear it",
    link="https://airflow/run",
    failures=[alerts.Failure("extract of opentable/101", "extract ended with 77: no <token> & none", 77, "https://airflow/log")],
)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the file of a module my_alerts, which can be imported."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path / "my_alerts.py"
    sys.modules.pop("my_alerts", None)


def test_nobody_is_told_unless_somebody_is_named() -> None:
    alerts.tell("on_failure", ALERT, {})


def test_a_function_is_told(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module.write_text("heard = []\ndef wake(context):\n    heard.append((context['alert'].title, context['dag']))\n")
    monkeypatch.setenv("AIRFLOW__COVERS__ON_FAILURE", "my_alerts.wake")
    alerts.tell("on_failure", ALERT, {"dag": "d"})
    assert sys.modules["my_alerts"].heard == [("covers of 2026-03-27 is red: 1 step failed", "d")]


NOTIFIER = """
from airflow.sdk import BaseNotifier

heard = []

class Wake(BaseNotifier):
    template_fields = ("text",)

    def __init__(self, text):
        super().__init__()
        self.text = text

    def notify(self, context):
        heard.append(self.text)

wake = Wake("{{ alert.day }}: {{ alert.text }}")
"""


def test_a_notifier_is_told_each_time_anew(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow's notifiers put what they rendered in the place of their templates."""
    module.write_text(NOTIFIER)
    monkeypatch.setenv("AIRFLOW__COVERS__ON_LATE", "my_alerts.wake")
    assert isinstance(alerts.resolve("on_late"), BaseNotifier)
    for day in ("2026-03-27", "2026-03-28"):
        alerts.tell("on_late", alerts.Alert("late", "covers", "r", day, f"late {day}", "look", "https://airflow/r"), {})
    heard = sys.modules["my_alerts"].heard
    assert [text.partition("\n")[0] for text in heard] == ["2026-03-27: late 2026-03-27", "2026-03-28: late 2026-03-28"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("nowhere.at_all", "cannot be imported .*No module named 'nowhere'"),
        ("my_alerts.missing", "cannot be imported .*no attribute 'missing'"),
        ("my_alerts.Wake", "the class Wake: name a function"),
        ("my_alerts.heard", "of type list"),
    ],
)
def test_what_cannot_be_called_is_named(module: Path, monkeypatch: pytest.MonkeyPatch, path: str, words: str) -> None:
    module.write_text(NOTIFIER)
    monkeypatch.setenv("AIRFLOW__COVERS__ON_FAILURE", path)
    with pytest.raises(alerts.AlertError, match=r"\[covers\] on_failure is " + path + ".*" + words):
        alerts.tell("on_failure", ALERT, {})


def test_a_module_that_fails_is_named(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module.write_text("1 / 0")
    monkeypatch.setenv("AIRFLOW__COVERS__ON_FAILURE", "my_alerts.wake")
    with pytest.raises(alerts.AlertError, match="ZeroDivisionError"):
        alerts.resolve("on_failure")


def test_the_text_spells_out_a_few_failures_and_counts_the_others() -> None:
    many = [alerts.Failure(f"step {n}", "failed", 69, f"https://airflow/{n}") for n in range(17)]
    text = alerts.Alert("failed", "covers", "r", "2026-03-27", "red", "clear them", "https://airflow/r", many).text
    assert text.count("- step") == 10 and "- and 7 more" in text
    assert text.splitlines()[0] == "red" and "What to do: clear them" in text and text.endswith("https://airflow/r")


def test_a_link_is_what_airflow_has_of_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    run = "manual__2026-03-27T00:00:00+00:00"
    for task, index in (("thefork.extract", 3), ("report", -1)):
        ti = RuntimeTaskInstance.model_construct(dag_id="covers", run_id=run, task_id=task, map_index=index, try_number=0)
        assert alerts.link("covers", run, task, index) == ti.log_url
    monkeypatch.delenv("AIRFLOW__API__BASE_URL", raising=False)
    assert alerts.link("covers", run, "thefork.extract", 3) == (
        "http://localhost:8080/dags/covers/runs/manual__2026-03-27T00%3A00%3A00%2B00%3A00/tasks/thefork.extract/mapped/3"
    )


# Slack


class Webhook(BaseHTTPRequestHandler):
    """Slack's incoming webhook: JSON with a text, answered with ok or with a word that says what is wrong."""

    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.got.append((self.path, self.headers["Content-Type"], json.loads(body)))
        self.send_response(server.status)
        self.end_headers()
        self.wfile.write(b"ok" if server.status == 200 else b"no_service")

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Webhook)
    server.got, server.status = [], 200
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    connection = {"conn_type": "http", "host": f"http://127.0.0.1:{server.server_port}/services", "password": "T0/B0/s3cret"}
    monkeypatch.setenv("AIRFLOW_CONN_COVERS_SLACK", json.dumps(connection))
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_slack(webhook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__COVERS__ON_FAILURE", "covers_airflow.notify.slack")
    alerts.tell("on_failure", ALERT, {})
    ((path, kind, body),) = webhook.got
    assert (path, kind) == ("/services/T0/B0/s3cret", "application/json")
    assert body["text"].startswith("covers of 2026-03-27 is red")
    assert "no &lt;token&gt; &amp; none" in body["text"] and "https://airflow/log" in body["text"]


def test_slack_refuses(webhook: Any) -> None:
    webhook.status = 404
    with pytest.raises(RuntimeError, match=r"Slack answered 404 \(no_service\)") as e:
        notify.slack({"alert": ALERT})
    assert "s3cret" not in str(e.value)


def test_a_webhook_that_is_incomplete_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_COVERS_SLACK", '{"conn_type": "http", "host": "hooks.slack.com"}')
    with pytest.raises(ValueError, match="covers_slack: want the webhook's address"):
        notify.slack({"alert": ALERT})


# Mail


class Mailbox(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client without TLS and signing in needs."""

    def handle(self) -> None:
        server: Any = self.server
        self.say("220 ready")
        envelope: dict[str, Any] = {"to": []}
        while line := self.rfile.readline().strip():
            verb, _, rest = line.decode().partition(" ")
            match verb.upper():
                case "MAIL":
                    envelope["from"] = rest
                case "RCPT":
                    envelope["to"].append(rest)
                case "DATA":
                    self.say("354 go on")
                    envelope["data"] = self.data()
                    server.got.append(envelope)
                case "QUIT":
                    self.say("221 bye")
                    return
            self.say("250 well")

    def data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@pytest.fixture
def mailbox() -> Iterator[Any]:
    server: Any = socketserver.TCPServer(("127.0.0.1", 0), Mailbox)
    server.got = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_mail(mailbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    extra = {"from_email": "airflow@example.com", "to": "night@example.com", "disable_ssl": True, "disable_tls": True}
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": mailbox.server_address[1], "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_COVERS_MAIL", json.dumps(connection))
    monkeypatch.setenv("AIRFLOW__COVERS__ON_FAILURE", "covers_airflow.notify.mail")
    alerts.tell("on_failure", ALERT, {})
    (envelope,) = mailbox.got
    assert "airflow@example.com" in envelope["from"] and "night@example.com" in envelope["to"][0]
    message = email.message_from_bytes(envelope["data"], policy=policy.default)
    assert message["Subject"] == "covers of 2026-03-27 is red: 1 step failed"
    body = message.get_body(("html",))
    assert body is not None
    assert "no &lt;token&gt; &amp; none" in body.get_content() and "https://airflow/log" in body.get_content()


def test_mail_to_nobody_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_COVERS_MAIL", '{"conn_type": "smtp", "host": "127.0.0.1", "extra": {"to": "a@example.com"}}')
    with pytest.raises(ValueError, match="covers_mail: want from_email and to"):
        notify.mail({"alert": ALERT})
