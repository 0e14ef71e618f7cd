"""Whether the programs of the steps are there, where they run as processes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from covers_airflow import CONTRACT
from covers_airflow.checks import Finding, right, wrong
from covers_airflow.contract import STEPS


def programs() -> Iterator[Finding]:
    """Look for each program as the operator does."""
    for step in STEPS:
        path = CONTRACT.settings.get("process_program", step).format(step=step)
        found = shutil.which(path)
        if found is None:
            yield wrong(f"program {path}", "is not there: build it (make build), or set [covers] process_program")
        else:
            yield right(f"program {path}", f"is {found}")
