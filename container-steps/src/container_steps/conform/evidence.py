"""What the checks judge: a few runs, made once."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from container_steps.conform.run import ALL, Asked, Image, Restriction, Run, Target

CANARY = "CONTAINER_STEPS_CANARY"
"""A variable that no step knows. Its value is as good as a secret: where it shows, so would one."""


@dataclass(frozen=True)
class Plan:
    """What is tried.

    :param arguments: those of an ordinary run, which succeeds
    :param wrong: those of a run that must be refused
    :param slow: those of a run that takes long enough to be stopped; None where nobody told, and an ordinary run is stopped
    :param secrets: names of variables whose values must show nowhere
    :param validator: holds a result against its schema
    """

    arguments: Sequence[str]
    wrong: Sequence[str]
    slow: Sequence[str] | None
    variables: Mapping[str, str]
    secrets: Sequence[str]
    validator: Any


@dataclass(frozen=True)
class Evidence:
    """What was seen.

    :param image: None of a plain program
    :param restrictions: under which it was run; all that it can bear
    :param unbearable: what it said under each restriction that it cannot bear
    :param first: an ordinary run
    :param second: the same once more
    :param wrong: a run with wrong arguments
    :param stopped: a run that was sent SIGTERM
    :param handed: an ordinary run that has a folder for its result; None of a plain program
    """

    plan: Plan
    image: Image | None
    restrictions: frozenset[Restriction]
    unbearable: Mapping[Restriction, Run]
    first: Run
    second: Run
    wrong: Run
    stopped: Run
    handed: Run | None

    @property
    def runs(self) -> dict[str, Run]:
        """All runs that are judged, by what they are called."""
        runs = {
            "the first run": self.first,
            "the second run": self.second,
            "the run with wrong arguments": self.wrong,
            "the run that was stopped": self.stopped,
        }
        return {**runs, **({"the run with /airflow/xcom": self.handed} if self.handed else {})}


def gather(target: Target, plan: Plan, tell: Callable[[str], None]) -> Evidence:
    """Run a target as often as the checks need it, and tell of each run."""
    variables = {**plan.variables, CANARY: secrets.token_hex(16)}
    plan = Plan(plan.arguments, plan.wrong, plan.slow, variables, [*plan.secrets, CANARY], plan.validator)

    def run(what: str, arguments: Sequence[str], restrictions: frozenset[Restriction], **how: bool) -> Run:
        tell(f"{what} …")
        ran = target.run(Asked(arguments, variables, restrictions, **how))
        tell(f"  {ran.outcome} after {ran.seconds:.1f} s")
        return ran

    first = run("an ordinary run", plan.arguments, ALL)
    restrictions = ALL
    unbearable: dict[Restriction, Run] = {}
    if first.code != 0 and target.image is not None:
        restrictions, unbearable, first = _bearable(first, lambda what, some: run(what, plan.arguments, some))
    return Evidence(
        plan=plan,
        image=target.image,
        restrictions=restrictions,
        unbearable=unbearable,
        first=first,
        second=run("the same once more", plan.arguments, restrictions),
        wrong=run("a run with wrong arguments", plan.wrong, restrictions),
        stopped=run("a run that is stopped", plan.arguments if plan.slow is None else plan.slow, restrictions, stop=True),
        handed=run("a run with /airflow/xcom", plan.arguments, restrictions, hand_over=True) if target.image else None,
    )


def _bearable(
    failed: Run, run: Callable[[str, frozenset[Restriction]], Run]
) -> tuple[frozenset[Restriction], dict[Restriction, Run], Run]:
    """Return the most restrictions under which a run succeeds, the runs that failed for one more, and the one that succeeded.

    Where none succeeds even without restrictions, it is not these that it fails for.
    """
    free = run("it failed: the same without restrictions", frozenset())
    if free.code != 0:
        return ALL, {}, failed
    best = free
    borne: frozenset[Restriction] = frozenset()
    unbearable: dict[Restriction, Run] = {}
    for restriction in Restriction:
        tried = run(f"the same where {restriction}", borne | {restriction})
        if tried.code == 0:
            best, borne = tried, borne | {restriction}
        else:
            unbearable[restriction] = tried
    return borne, unbearable, best
