"""Whether the container engine can be reached, and has the images or can pull them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from covers_airflow import CONTRACT
from covers_airflow.checks import Finding, right, wrong
from covers_airflow.checks.trial import run_of
from covers_airflow.contract import STEPS


def images() -> Iterator[Finding]:
    """Ask the engine that the settings name, as the operator does."""
    from airflow.sdk.exceptions import AirflowException
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    from container_steps.docker import DockerStepOperator

    where = CONTRACT.settings.get("docker_url") or "DOCKER_HOST, or the local socket"
    try:
        operator = DockerStepOperator(task_id="check", step_run=run_of("load", []))
        client = operator.cli
        version = client.version()
    except ValueError as e:
        yield wrong("engine", f"cannot be asked while a setting cannot be used ({e})")
        return
    except (AirflowException, DockerException, RequestException) as e:
        yield wrong("engine", f"{where} does not answer ({_short(e)}): start it, or set [covers] docker_url")
        return
    yield right("engine", f"{where} answers, version {version.get('Version', 'unknown')}")
    for step in STEPS:
        yield _image(client, CONTRACT.settings.image(step))


def _image(client: Any, image: str) -> Finding:
    from docker.errors import APIError
    from requests.exceptions import RequestException

    what = f"image {image}"
    if client.images(name=image):
        return right(what, "is on the engine")
    if not _has_registry(image):
        return wrong(what, "is not on the engine, and names no registry: build it there (make images), or set [covers] image")
    try:
        client.inspect_distribution(image)
    except (APIError, RequestException) as e:
        return wrong(
            what,
            f"is not on the engine, and its registry does not hand it over ({_short(e)}): push it, correct "
            "[covers] image and tag, or give the registry's connection in [covers] docker_connection",
        )
    return right(what, "is in its registry, and will be pulled")


def _has_registry(image: str) -> bool:
    host, slash, _ = image.partition("/")
    return bool(slash) and ("." in host or ":" in host or host == "localhost")


def _short(e: Exception) -> str:
    text = str(getattr(e, "explanation", None) or e)
    return text if len(text) < 200 else f"{text[:200]}…"
