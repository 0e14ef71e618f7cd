"""What `python -m covers_airflow.check` looks at, a module for each thing that can be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["right", "wrong", "open"]


@dataclass(frozen=True)
class Finding:
    """One line of what was found.

    :param verdict: "open" is what could not be looked at from here
    :param what: what was looked at
    :param says: what was found; of what is wrong also what to do
    """

    verdict: Verdict
    what: str
    says: str


def right(what: str, says: str) -> Finding:
    """Return a finding of what is as it should be."""
    return Finding("right", what, says)


def wrong(what: str, says: str) -> Finding:
    """Return a finding of what would fail a run, or let it fail unheard."""
    return Finding("wrong", what, says)


def unseen(what: str, says: str) -> Finding:
    """Return a finding of what cannot be seen from here."""
    return Finding("open", what, says)
