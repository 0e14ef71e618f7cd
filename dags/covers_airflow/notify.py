"""Two that [covers] on_failure and on_late may name as they are, and examples for others.

    [covers]
    on_failure = covers_airflow.notify.slack
    on_late = covers_airflow.notify.mail

`slack` posts to the incoming webhook that the connection covers_slack has: host is https://hooks.slack.com/services, password
what follows it in the webhook's address (as Slack's own provider has it). `mail` sends through the connection covers_mail, of
type smtp, from its extra from_email to its extra to.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from airflow.sdk import BaseHook

TIMEOUT = 20
"""Seconds in which a service has to answer."""

MOST = 35_000
"""Characters of a message; Slack cuts off what is longer than 40,000."""


def slack(context: Mapping[str, Any]) -> None:
    """Post an alert to Slack; an error says what Slack answered, and never the address, which is a secret."""
    connection: Any = BaseHook.get_connection("covers_slack")
    _check_slack(connection)
    base = connection.host if "://" in connection.host else f"{connection.schema or 'https'}://{connection.host}"
    port = f":{connection.port}" if connection.port else ""
    text = context["alert"].text[:MOST].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    request = urllib.request.Request(
        f"{base.rstrip('/')}{port}/{connection.password.lstrip('/')}",
        data=json.dumps({"text": text}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT):
            pass
    except urllib.error.HTTPError as e:
        words = e.read(200).decode(errors="replace")
        raise RuntimeError(f"connection covers_slack: Slack answered {e.code} ({words}): look at its webhook") from None


def mail(context: Mapping[str, Any]) -> None:
    """Send an alert by mail, with the provider's notifier."""
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier

    connection = BaseHook.get_connection("covers_mail")
    _check_mail(connection)
    extra = connection.extra_dejson
    notifier = SmtpNotifier(
        smtp_conn_id="covers_mail",
        from_email=extra["from_email"],
        to=extra["to"],
        subject="{{ alert.title }}",
        html_content="<pre>{{ alert.text | e }}</pre>",
    )
    notifier({**context})


def _check_slack(connection: Any) -> None:
    if not connection.host or not connection.password:
        raise ValueError("connection covers_slack: want the webhook's address, its beginning as host and the rest as password")


def _check_mail(connection: Any) -> None:
    if not connection.extra_dejson.get("to") or not connection.extra_dejson.get("from_email"):
        raise ValueError("connection covers_mail: want from_email and to in its extra")


CONNECTIONS = {
    "covers_airflow.notify.slack": ("covers_slack", _check_slack),
    "covers_airflow.notify.mail": ("covers_mail", _check_mail),
}
"""The connection of each, and what raises ValueError where it is incomplete."""
