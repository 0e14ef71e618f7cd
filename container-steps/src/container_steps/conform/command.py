"""The command line of the battery."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from container_steps.conform.evidence import Plan, gather
from container_steps.conform.program import Program
from container_steps.conform.report import Report, judge
from container_steps.conform.run import Target, TargetError
from container_steps.conform.secret_checks import SHORTEST
from container_steps.contract import RESULT_SCHEMA

CONFORMS, BROKEN, NOT_TRIED = 0, 1, 2
"""Exit codes: every MUST holds, one is broken, nothing could be tried."""

_UNKNOWN = "--no-such-argument"

_USAGE = "python -m container_steps.conform [option…] IMAGE [argument…]"
_END = f"""
IMAGE is run five times with the given arguments, as a task would run it: an ordinary run, the same once more, with {_UNKNOWN}
behind the arguments, with SIGTERM once it logs, and with the folder /airflow/xcom. Give arguments and variables of a run that
succeeds and that may be repeated, and options before IMAGE.

  python -m container_steps.conform parcels/sort:latest --day 2026-03-27
  python -m container_steps.conform --env HOST=db --secret DB_PASSWORD --network parcels --slow '--day all' parcels/sort:latest

Exit codes: {CONFORMS} every MUST holds; {BROKEN} one is broken; {NOT_TRIED} nothing could be tried.
"""


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run the battery and return its exit code."""
    options = parser().parse_args(argv)
    try:
        report = tried(options, environ, _tell)
    except TargetError as e:
        _tell(f"nothing was tried: {e}")
        return NOT_TRIED
    sys.stdout.write(report.json() if options.json else report.table())
    return CONFORMS if report.conforms else BROKEN


def tried(options: argparse.Namespace, environ: Mapping[str, str], tell: Callable[[str], None]) -> Report:
    """Run what the options name, and return what was found; TargetError where nothing could be tried."""
    return judge(options.target, gather(_target(options), _plan(options, environ), tell))


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    made = argparse.ArgumentParser(
        prog="python -m container_steps.conform",
        usage=_USAGE,
        description="Hold an image against the contract for images that Airflow runs as steps.",
        epilog=_END,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = made.add_argument
    add("--env", metavar="NAME=VALUE", action="append", default=[], help="a variable of every run; may be repeated")
    add(
        "--secret",
        metavar="NAME",
        action="append",
        default=[],
        help="a variable that has its value from the environment of this command, and must show nowhere; may be repeated",
    )
    add("--wrong", metavar="ARGUMENTS", type=shlex.split, help="arguments that must be refused, in place of the made-up one")
    add(
        "--slow",
        metavar="ARGUMENTS",
        type=shlex.split,
        help="arguments of a run that takes long enough to be stopped (some seconds)",
    )
    add("--schema", metavar="FILE", type=Path, help="JSON Schema of the result, in place of container_steps' own")
    add("--network", default="bridge", help="the containers' network (default: bridge)")
    add(
        "--volume",
        metavar="SOURCE:/TARGET",
        action="append",
        default=[],
        help="a volume, or a path of the engine's machine, that every run gets; may be repeated",
    )
    add("--memory", metavar="MIB", type=int, default=512, help="the containers' memory in MiB (default: 512)")
    add("--timeout", metavar="SECONDS", type=float, default=600, help="after which a run is killed (default: 600)")
    add("--engine", metavar="URL", default="", help="the engine's address; without it DOCKER_HOST, else the local socket")
    add("--program", action="store_true", help="IMAGE is a program of this machine, as for the process runtime")
    add("--json", action="store_true", help="write the report as JSON")
    add("target", metavar="IMAGE", help="the image; the engine must have it")
    add("arguments", metavar="argument", nargs=argparse.REMAINDER, help="the arguments of an ordinary run")
    return made


def _plan(options: argparse.Namespace, environ: Mapping[str, str]) -> Plan:
    variables: dict[str, str] = {}
    for text in options.env:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise TargetError(f"--env {text}: write NAME=VALUE")
        variables[name] = value
    for name in options.secret:
        if len(environ.get(name, "")) < SHORTEST:
            raise TargetError(f"--secret {name}: set it in the environment of this command, to {SHORTEST} characters or more")
        variables[name] = environ[name]
    return Plan(
        arguments=options.arguments,
        wrong=[*options.arguments, _UNKNOWN] if options.wrong is None else options.wrong,
        slow=options.slow,
        variables=variables,
        secrets=options.secret,
        validator=Draft202012Validator(_schema(options.schema) if options.schema else RESULT_SCHEMA),
    )


def _schema(file: Path) -> Any:
    try:
        schema = json.loads(file.read_text(encoding="utf-8"))
        Draft202012Validator.check_schema(schema)
    except (OSError, ValueError, SchemaError) as e:
        raise TargetError(f"--schema {file}: {getattr(e, 'message', e)}") from None
    return schema


def _target(options: argparse.Namespace) -> Target:
    if options.program:
        return Program(options.target, timeout=options.timeout)
    try:
        from container_steps.conform.engine import Engine
    except ModuleNotFoundError as e:
        raise TargetError(f"there is no {e.name} in this Python: pip install 'container-steps[docker]'") from None
    return Engine(
        options.engine,
        options.target,
        network=options.network,
        volumes=options.volume,
        memory=options.memory << 20,
        timeout=options.timeout,
    )


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
