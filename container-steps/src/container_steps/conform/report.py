"""What the battery found, for people and for programs."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

from container_steps.conform.check import Check, Finding, Level, Verdict
from container_steps.conform.checks import CHECKS
from container_steps.conform.evidence import Evidence
from container_steps.conform.secret_checks import masked

_WIDTH = 110
_INDENT = 28


@dataclass(frozen=True)
class Report:
    """What was found of a target."""

    target: str
    findings: Sequence[tuple[Check, Finding]]

    @property
    def conforms(self) -> bool:
        """Whether no rule that binds is broken."""
        return not any(f.verdict is Verdict.FAILED and check.level is Level.MUST for check, f in self.findings)

    def table(self) -> str:
        """Return a line for each check, with what was found and what to do below those that did not pass."""
        lines: list[str] = []
        for check, finding in self.findings:
            lines += _wrapped(f"{check.id:<4}{check.level:<8}{finding.verdict:<16}", check.rule)
            if finding.found:
                lines += _wrapped("", f"found: {finding.found}" if finding.verdict is Verdict.FAILED else finding.found)
            if finding.verdict is Verdict.FAILED:
                lines += _wrapped("", f"do:    {check.mend}")
        return "\n".join([*lines, "", self._sum()]) + "\n"

    def json(self) -> str:
        """Return the report as one object."""
        checks = [
            {
                "id": check.id,
                "level": check.level,
                "verdict": finding.verdict.lower(),
                "rule": check.rule,
                **({"found": finding.found} if finding.found else {}),
                **({"do": check.mend} if finding.verdict is Verdict.FAILED else {}),
            }
            for check, finding in self.findings
        ]
        return (
            json.dumps({"target": self.target, "conforms": self.conforms, "checks": checks}, indent=2, ensure_ascii=False) + "\n"
        )

    def _sum(self) -> str:
        broken = {level: self._number(Verdict.FAILED, level) for level in Level}
        counts = f"{self._number(Verdict.PASSED)} passed, {broken[Level.MUST]} MUST and {broken[Level.SHOULD]} SHOULD failed"
        verdict = "conforms" if self.conforms else "does not conform"
        return f"{self.target} {verdict}: {counts}, {self._number(Verdict.NOT_APPLICABLE)} not applicable"

    def _number(self, verdict: Verdict, level: Level | None = None) -> int:
        return sum(f.verdict is verdict and level in (None, check.level) for check, f in self.findings)


def judge(target: str, evidence: Evidence) -> Report:
    """Return what all checks find, without the secrets that a run wrote."""
    found = [(check, check.judge(evidence)) for check in CHECKS]
    return Report(target, [(check, replace(f, found=masked(f.found, evidence))) for check, f in found])


def _wrapped(head: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=f"{head:<{_INDENT}}", subsequent_indent=" " * _INDENT, break_long_words=False
    )
