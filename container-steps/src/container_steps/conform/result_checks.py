"""What an image writes on stdout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from container_steps.conform.check import PASSED, Finding, failed, must, not_applicable, should, some
from container_steps.conform.evidence import Evidence
from container_steps.conform.run import Run
from container_steps.logs import MAX_LINE
from container_steps.plain_json import NotPlainError, plain_json
from container_steps.result import MAX_RESULT

RETURN_FILE = "/airflow/xcom/return.json"
RECOGNISED = b'{"status":'
"""How a result begins that is found among log lines."""

_NO_RESULT = not_applicable("no run wrote a result")


def result_of(run: Run) -> dict[str, Any] | None:
    """Return the result of a run; None where there is none that can be read."""
    try:
        value = plain_json(run.result)
    except NotPlainError:
        return None
    return value if isinstance(value, dict) else None


def _judged(e: Evidence, judge: Callable[[Run], str | None]) -> Finding:
    """Judge every run that printed something: judge says what is wrong, "" for nothing, and None where it cannot tell."""
    found = {name: judge(run) for name, run in e.runs.items() if run.result}
    wrong = [f"{name}: {what}" for name, what in found.items() if what]
    if wrong:
        return failed(some(wrong))
    return PASSED if "" in found.values() else _NO_RESULT


@must(10, "stdout has one line, the result, and nothing else", "write all else to stderr, as log lines")
def one_line(e: Evidence) -> Finding:
    """Judge how many lines each run printed."""
    if e.first.code == 0 and not e.first.result:
        return failed("the first run wrote nothing on stdout")
    wrong = [f"{name} wrote {len(run.printed)} lines" for name, run in e.runs.items() if len(run.printed) > 1]
    return failed(some(wrong)) if wrong else PASSED


@must(
    11,
    "The result is plain JSON in UTF-8: no NaN, no integer beyond 64 bits, no U+0000, no half of a surrogate pair",
    "write it with a JSON library, and leave out what has no place in JSON",
)
def plain(e: Evidence) -> Finding:
    """Judge whether results can be read by all who will."""
    return _judged(e, _not_plain)


@must(
    12,
    "The result is an object that conforms to the schema: `status` says what became of it, `error` why it failed",
    "compare it with result.schema.json of container_steps, or with your own, which --schema names",
)
def conforms(e: Evidence) -> Finding:
    """Judge results by the schema."""
    return _judged(e, lambda run: _not_valid(run, e.plan.validator))


@must(13, f"The result has at most {MAX_RESULT:,} bytes", "store what is large, and let the result name it")
def small(e: Evidence) -> Finding:
    """Judge the results' size."""
    return _judged(e, lambda run: f"{len(run.result):,} bytes" if len(run.result) > MAX_RESULT else "")


@must(
    14,
    f"Where there is a folder /airflow/xcom, the result is also in {RETURN_FILE}; it need not be where the line begins with "
    f"`{RECOGNISED.decode()}` and has at most {MAX_LINE:,} bytes",
    f"write status first, without a blank; or write the line to {RETURN_FILE}, too, under another name first, then renamed",
)
def handed_over(e: Evidence) -> Finding:
    """Judge whether the result of a pod is found, whose log has both streams in one."""
    run = e.handed
    if run is None or run.code != 0 or not run.result:
        return not_applicable("no run with /airflow/xcom succeeded")
    if run.handed_over is not None:
        same = run.handed_over.strip() == run.result.strip()
        return PASSED if same else failed(f"{RETURN_FILE} has another text than stdout")
    if not run.result.startswith(RECOGNISED):
        return failed(f"there is no {RETURN_FILE}, and the line begins otherwise")
    if len(run.result) > MAX_LINE:
        return failed(f"there is no {RETURN_FILE}, and the line has {len(run.result):,} bytes")
    return PASSED


@must(
    15,
    "A result has an `error` just where the exit code is not 0",
    "let one place decide about both, the exit code and the result",
)
def agrees(e: Evidence) -> Finding:
    """Judge whether exit codes and results say the same."""
    results = {name: value for name, run in e.runs.items() if run.code is not None and (value := result_of(run)) is not None}
    wrong = [
        f"{name} ended with {e.runs[name].code}, and its result has {'an' if 'error' in value else 'no'} error"
        for name, value in results.items()
        if (e.runs[name].code == 0) == ("error" in value)
    ]
    if wrong:
        return failed(some(wrong))
    return PASSED if results else _NO_RESULT


@should(
    16,
    "A run that fails has a result, whose `error` says why (`message`) and what to do (`next`)",
    "write the result however the run ends: its words are what people read in Airflow, beside the exit code",
)
def says_why(e: Evidence) -> Finding:
    """Judge what a run with wrong arguments says."""
    if e.wrong.code == 0:
        return not_applicable("no run failed")
    value = result_of(e.wrong)
    if value is None:
        return failed("the run with wrong arguments wrote no result")
    error = value.get("error")
    missing = [key for key in ("message", "next") if not (isinstance(error, dict) and error.get(key))]
    return failed(f"its error has no {' and no '.join(missing)}") if missing else PASSED


def _not_plain(run: Run) -> str:
    try:
        plain_json(run.result)
    except NotPlainError as error:
        return str(error)
    return ""


def _not_valid(run: Run, validator: Any) -> str | None:
    try:
        value = plain_json(run.result)
    except NotPlainError:
        return None  # C11 says so
    error = next(iter(validator.iter_errors(value)), None)
    if error is None:
        return ""
    place = "/".join(str(part) for part in error.absolute_path) or "the top"
    return f"{error.validator} at {place}"  # the value itself may be anything
