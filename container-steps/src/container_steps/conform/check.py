"""What a check is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from container_steps.conform.evidence import Evidence


class Level(StrEnum):
    """How much a rule binds, in the words of RFC 2119."""

    MUST = "MUST"
    SHOULD = "SHOULD"


class Verdict(StrEnum):
    """What a check found."""

    PASSED = "passed"
    FAILED = "FAILED"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Finding:
    """A verdict, and what it rests on: nothing where it passed."""

    verdict: Verdict
    found: str = ""


PASSED = Finding(Verdict.PASSED)


def failed(found: str) -> Finding:
    """Return that a rule is broken, and how."""
    return Finding(Verdict.FAILED, found)


def not_applicable(why: str) -> Finding:
    """Return that a rule says nothing about what was tried."""
    return Finding(Verdict.NOT_APPLICABLE, why)


def some(found: Sequence[str]) -> str:
    """Return the first of what was found, and how many more there are."""
    return f"{found[0]} (and {len(found) - 1} more)" if len(found) > 1 else found[0]


@dataclass(frozen=True)
class Check:
    """Holds one rule of the contract.

    :param id: the rule's number, as C7
    :param rule: the rule, as the contract words it
    :param mend: what to do where it is broken
    :param judge: finds whether it is
    """

    id: str
    level: Level
    rule: str
    mend: str
    judge: Callable[[Evidence], Finding]


def must(number: int, rule: str, mend: str) -> Callable[[Callable[[Evidence], Finding]], Check]:
    """Make the check of a rule that binds from the function that judges it."""
    return lambda judge: Check(f"C{number}", Level.MUST, rule, mend, judge)


def should(number: int, rule: str, mend: str) -> Callable[[Callable[[Evidence], Finding]], Check]:
    """Make the check of a rule that has exceptions from the function that judges it."""
    return lambda judge: Check(f"C{number}", Level.SHOULD, rule, mend, judge)
