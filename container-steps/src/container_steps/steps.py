"""What Airflow has to know of the steps beside their names: whose keys their results hold, and which secrets they need."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """What is known of a step.

    :param reads: the zone of its result's inputs: COVERS_READS is the zone's variable, --reads its flag
    :param writes: the zone of its result's outputs, in the same way
    :param warehouse: whether it signs in to the warehouse
    :param token_key: whether it makes tokens
    """

    reads: str = ""
    writes: str = ""
    warehouse: bool = False
    token_key: bool = False


# Every step that Airflow runs: mockapi serves, and demo runs the others without Airflow.
STEPS = {
    "generate": Known(writes="out"),
    "extract": Known(writes="raw"),
    "validate": Known(reads="raw", writes="staging", token_key=True),
    "transform": Known(reads="staging", writes="processed"),
    "load": Known(reads="processed", writes="warehouse", warehouse=True),
    "report": Known(reads="staging", writes="processed", warehouse=True),
    "care": Known(warehouse=True),
}


def known(step: str) -> Known:
    """Return what is known of a step, which is nothing for one that is not listed."""
    return STEPS.get(step, Known())
