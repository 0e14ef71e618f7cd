"""The result: the one line of JSON that a step writes on stdout, described by the schema of its contract.

It becomes the task's XCom, the extra of the asset events, and the inputs and outputs that OpenLineage is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from container_steps.plain_json import NotPlainError, plain_json

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage

    from container_steps.contract import Contract, Zone
    from container_steps.step_run import StepRun

Result = dict[str, Any]

MAX_RESULT = 1 << 20
"""Bytes. A longer line is no result: it would have to fit into Airflow's database."""


class BadResultError(ValueError):
    """Says what is wrong with a result."""


class LastLine:
    """Takes stdout in chunks and keeps the last line that is not empty. Lines before it go to `other`: no step writes any.

    Of a line longer than MAX_RESULT no more is kept than shows that it is.
    """

    def __init__(self, other: Callable[[bytes], None]):
        self._other = other
        self._last = b""
        self._unfinished = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of stdout."""
        for i, piece in enumerate(chunk.split(b"\n")):
            if i > 0:
                self._end_of_line()
            self._unfinished += piece[: MAX_RESULT + 1 - len(self._unfinished)]

    @property
    def line(self) -> bytes:
        """The last line so far, finished or not."""
        return bytes(self._unfinished) if self._unfinished.strip() else self._last

    def drop_unfinished(self) -> None:
        """Forget the unfinished line: it comes once more."""
        self._unfinished.clear()

    def from_here(self) -> None:
        """Do nothing: no part of an unfinished line was handed on."""

    def close(self) -> bytes:
        """Return the last line, without its line feed; empty where there was none."""
        self._end_of_line()
        return self._last

    def _end_of_line(self) -> None:
        if self._unfinished.strip():
            if self._last:
                self._other(self._last + b"\n")
            self._last = bytes(self._unfinished)
        self._unfinished.clear()


def parse(contract: Contract, line: bytes | str) -> Result:
    """Return the result that a line holds; BadResultError says where it does not conform."""
    if not line.strip():
        raise BadResultError("the step wrote no result on stdout")
    if len(line) > MAX_RESULT:
        raise BadResultError(f"the last line on stdout is longer than {MAX_RESULT} bytes: no result")
    try:
        value: Result = plain_json(line)
    except NotPlainError as e:
        raise BadResultError(f"the last line on stdout is no result: {e}") from None
    error = next(iter(contract.result_validator.iter_errors(value)), None)
    if error is not None:
        # The message would quote the value, which may be anything.
        place = "/".join(str(p) for p in error.absolute_path) or "the top"
        raise BadResultError(f"the result does not conform to its schema: {error.validator} at {place}")
    return value


def tell_assets(contract: Contract, context: Mapping[str, Any], outlets: Iterable[Any], result: Result) -> None:
    """Put those keys of the result into the outlets' asset events that the contract names."""
    extra: dict[str, Any] = {}
    for path in contract.asset_extra:
        part, _, key = path.rpartition(".")
        found = result.get(part) if part else result
        if isinstance(found, dict) and key in found:
            extra[key] = found[key]
    for outlet in outlets:
        context["outlet_events"][outlet].extra = extra


def lineage(run: StepRun, result: Result | None) -> OperatorLineage[Any, Any]:
    """Return inputs and outputs as datasets, each once, however many keys belong to it.

    The zone's bucket or folder is the namespace, and what the contract makes of a key is the name.
    """
    from airflow.providers.common.compat.openlineage.facet import Dataset
    from airflow.providers.openlineage.extractors import OperatorLineage

    result = result or {}
    told = run.contract.lineage.get(run.step)
    if told is None:
        return OperatorLineage()
    inputs = [Dataset(*place) for place in _places(run, told.reads, result.get("inputs", []))]
    outputs = [Dataset(*place) for place in _places(run, told.writes, result.get("outputs", []))]
    if not result.get("command") and (url := _url(run, told.warehouse)):
        parts = urlsplit(url)
        schema = ".".join(p for p in parts.path.split("/") if p)
        namespace = f"{parts.scheme}://{parts.hostname or ''}"
        outputs += [Dataset(namespace=namespace, name=f"{schema}.{table}") for table in told.tables]
    return OperatorLineage(inputs=inputs, outputs=outputs)


def _url(run: StepRun, zone: Zone | None) -> str:
    """Return the URL of a zone that the step was given: the flag's, else the variable's."""
    if zone is None:
        return ""
    for i, argument in enumerate(run.arguments):
        if zone.flag and argument == zone.flag and i + 1 < len(run.arguments):
            return run.arguments[i + 1]
        if zone.flag and argument.startswith(f"{zone.flag}="):
            return argument.partition("=")[2]
    return run.environment.get(zone.variable) or run.public.get(zone.variable, "")


def _places(run: StepRun, zone: Zone | None, keys: Iterable[str]) -> Iterable[tuple[str, str]]:
    return dict.fromkeys(_place(run, zone, run.contract.dataset(key)) for key in keys)


def _place(run: StepRun, zone: Zone | None, key: str) -> tuple[str, str]:
    parts = urlsplit(_url(run, zone))
    if parts.scheme == "s3":
        return f"s3://{parts.netloc}", f"{parts.path.strip('/')}/{key}".strip("/") or "/"
    if parts.scheme == "file":
        return "file", f"{parts.path.rstrip('/')}/{key}".rstrip("/") or "/"
    return run.contract.name, key
