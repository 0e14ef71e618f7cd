"""What a failed question to the cluster means, and how it is told."""

from __future__ import annotations

import json
import time
from http import HTTPStatus

from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError

_PASSING = frozenset({0, 408, 409, 429, 500, 502, 503, 504})
"""Statuses that say nothing of what was asked for. 0 is what the client makes of a TLS connection that broke."""

ROLES = 60
"""Seconds for which an API server that has just begun may forbid what it allowed before: it does not know its roles yet."""

_LONGEST = 500  # characters of the cluster's own words that are passed on


def is_passing(error: ApiException | HTTPError) -> bool:
    """Return whether the same question may have an answer later."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return False
    return not isinstance(error, ApiException) or error.status in _PASSING


class Forbidden:
    """Tells a question that is forbidden for a moment from one that is for good."""

    def __init__(self) -> None:
        self._since: float | None = None

    def passes(self, error: ApiException | HTTPError) -> bool:
        """Return whether what is forbidden may be allowed again soon."""
        if getattr(error, "status", None) != HTTPStatus.FORBIDDEN:
            return False
        self._since = self._since or time.monotonic()
        return time.monotonic() - self._since < ROLES

    def allowed(self) -> None:
        """Begin again: a question was answered."""
        self._since = None


def words(error: ApiException | HTTPError) -> str:
    """Return what the cluster answered, with the reason that it gave; or why there was no answer."""
    if not isinstance(error, ApiException):
        return f"{type(error).__name__}: {error}"[:_LONGEST]
    try:
        said = json.loads(error.body or "")["message"]
    except (ValueError, TypeError, KeyError):
        said = ""
    return ": ".join(filter(None, [f"{error.status} {error.reason}", str(said)[:_LONGEST]]))
