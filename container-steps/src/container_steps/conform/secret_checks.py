"""What must show nowhere."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

from container_steps.conform.check import PASSED, Finding, failed, must, some
from container_steps.conform.evidence import CANARY, Evidence

SHORTEST = 6
"""Characters; a shorter text stands in any log by chance."""


@must(
    26,
    "No value of a variable that is secret shows in arguments, log or result, also where a run fails",
    "log names, not values, and never the whole environment; take passwords out of addresses before they are logged",
)
def no_secret_shown(e: Evidence) -> Finding:
    """Search all that was written for the values of the secret variables, as they are and encoded."""
    what = [
        f"{_called(name)} shows in {where}"
        for name in e.plan.secrets
        for where, text in _texts(e).items()
        if any(form in text for form in _forms(e.plan.variables[name]))
    ]
    return failed(some(what)) if what else PASSED


def _called(name: str) -> str:
    return f"{name}, a variable that the battery made up," if name == CANARY else name


def _texts(e: Evidence) -> dict[str, bytes]:
    texts = {f"what {name} wrote": b"\n".join((run.stdout, run.stderr, run.handed_over or b"")) for name, run in e.runs.items()}
    arguments = [*e.plan.arguments, *(e.plan.slow or []), *e.plan.wrong]
    return {"the arguments": "\n".join(arguments).encode(), **texts}


def masked(text: str, e: Evidence) -> str:
    """Return a text without the values of the secret variables: a report quotes what a run wrote."""
    for name in e.plan.secrets:
        for form in sorted(_forms(e.plan.variables[name]), key=len, reverse=True):
            text = text.replace(form.decode(), "***")
    return text


def _forms(value: str) -> set[bytes]:
    """Return the forms in which a value shows: as it is, in JSON, in an address, in base64."""
    raw = value.encode()
    encoded = {b64encode(raw).rstrip(b"="), urlsafe_b64encode(raw).rstrip(b"=")}
    return {raw, json.dumps(value)[1:-1].encode(), quote(value, safe="").encode(), *encoded} if len(value) >= SHORTEST else set()
