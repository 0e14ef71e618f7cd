"""A step that is a Python program, for the fake engine and the fake cluster to run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from container_steps.operator import StepOperator
from parcels import step

RESULT = {"status": "done", "step": "extract", "version": "1", "durations": {"total": 0.1}}
DONE = f"print({json.dumps(json.dumps(RESULT, separators=(',', ':')))}, flush=True)\n"
LOG = """
import sys, time, signal, os
def log(message, level="info", **fields):
    import json
    sys.stderr.write(json.dumps({"level": level, "message": message, **fields}, ensure_ascii=False) + "\\n")
    sys.stderr.flush()
"""


def extract(text: str, **kwargs: Any) -> Callable[[], StepOperator]:
    """Return the operator whose container or pod runs a Python program."""
    return lambda: step("extract", "extract", [LOG + text], **kwargs)
