"""The settings of the runtimes: the section [covers] of Airflow's configuration, or AIRFLOW__COVERS__NAME.

Reading them touches no connection, no variable and no network, so that a DAG file may. A setting that may differ from step to
step is looked up as NAME_STEP first: AIRFLOW__COVERS__MEMORY_LOAD=2g. `python -m container_steps.settings` prints the table.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from airflow.providers.common.compat.sdk import conf

SECTION = "covers"
RUNTIMES = ("docker", "kubernetes", "process")


@dataclass(frozen=True)
class Setting:
    """One setting: its name, its default, what it means, and whether a step may have its own."""

    name: str
    default: str
    meaning: str
    by_step: bool = False


TABLE = [
    Setting("runtime", "docker", "what runs a step: docker, kubernetes or process"),
    Setting("image", "covers/{step}:{tag}", "the image, a pattern of step and tag", True),
    Setting("tag", "latest", "the tag in that pattern", True),
    Setting(
        "deployment",
        "airflow",
        "tells this Airflow's containers and pods from another's on the same engine or in the same namespace; "
        "part of their labels",
    ),
    Setting("raw", "", "URL of the raw zone: COVERS_RAW"),
    Setting("staging", "", "URL of the staging zone: COVERS_STAGING"),
    Setting("processed", "", "URL of the processed zone: COVERS_PROCESSED"),
    Setting("warehouse", "", "URL of the warehouse: COVERS_WAREHOUSE"),
    Setting("simulator", "", "URL of the simulated platforms' zone: COVERS_OUT of generate"),
    Setting("restaurants", "", "path of restaurants.yaml as the step sees it: COVERS_RESTAURANTS"),
    Setting("environment", "{}", "further variables of every step, a JSON object; never a secret", True),
    Setting("lake_connection", "", "Airflow connection (aws) for the zones on S3; empty: the role of the machine or pod"),
    Setting("warehouse_connection", "", "Airflow connection (snowflake) of load, report and care; empty: none, as for DuckDB"),
    Setting("token_key_connection", "covers_token_key", "Airflow connection whose password is validate's COVERS_TOKEN_KEY"),
    Setting("memory", "512m", "memory, without swap; b, k, m or g", True),
    Setting("cpus", "1.0", "CPUs, a quota", True),
    Setting("pids", "256", "processes and threads", True),
    Setting("scratch", "256m", "size of /tmp, in memory and counted as such", True),
    Setting("user", "65532:65532", "user and group, numbers; not root"),
    Setting("docker_url", "", "the engine; empty: DOCKER_HOST, else the local socket"),
    Setting("docker_connection", "", "Airflow connection of a private image registry"),
    Setting("docker_network", "bridge", "network of the containers", True),
    Setting(
        "docker_mounts", "", "SOURCE:/TARGET[:ro], with commas; a source is a volume or a path of the engine's machine", True
    ),
    Setting("docker_log_size", "64m", "the most the engine keeps of a container's log; what an adopting task can read again"),
    Setting("kubernetes_connection", "", "Airflow connection of the cluster; empty: the cluster Airflow runs in, or KUBECONFIG"),
    Setting("kubernetes_namespace", "covers", "namespace of the pods"),
    Setting("kubernetes_service_account", "covers-{step}", "service account, a pattern of step", True),
    Setting("kubernetes_pull_policy", "IfNotPresent", "when an image is pulled"),
    Setting("kubernetes_sidecar_image", "alpine:3.24.2", "image of the container that hands over the result; has sh and cat"),
    Setting("kubernetes_restaurants", "covers-restaurants", "config map that is mounted at /etc/covers; empty: none"),
    Setting("kubernetes_secret", "{connection}", "secret that stands for a connection, a pattern; _ of the name become -"),
    Setting("process_program", "{step}", "path of a step's program, a pattern; without a slash it is looked up in PATH", True),
]
_BY_NAME = {s.name: s for s in TABLE}

# The steps' variables that have settings of their own.
_VARIABLES = {
    "raw": "COVERS_RAW",
    "staging": "COVERS_STAGING",
    "processed": "COVERS_PROCESSED",
    "warehouse": "COVERS_WAREHOUSE",
    "simulator": "COVERS_OUT",
    "restaurants": "COVERS_RESTAURANTS",
}


def get(name: str, step: str = "") -> str:
    """Return the setting as text: the step's own, else everybody's, else the default."""
    setting = _BY_NAME[name]
    if step and setting.by_step:
        own = conf.get(SECTION, f"{name}_{step}", fallback=None)
        if own is not None:
            return str(own)
    return str(conf.get(SECTION, name, fallback=setting.default))


def runtime() -> str:
    """Return the configured runtime; ValueError for one that is none."""
    name = get("runtime")
    if name not in RUNTIMES:
        raise ValueError(f"[{SECTION}] runtime is {name!r}: use one of {', '.join(RUNTIMES)}")
    return name


def image(step: str) -> str:
    """Return the image of a step."""
    return get("image", step).format(step=step, tag=get("tag", step))


def environment(step: str) -> dict[str, str]:
    """Return the variables that every step gets, and those of this one; none is a secret."""
    variables = {variable: get(name) for name, variable in _VARIABLES.items()}
    for further in (conf.get(SECTION, "environment", fallback="{}"), get("environment", step)):
        variables.update(_object(further))
    return {name: value for name, value in variables.items() if value != ""}


def _object(text: str) -> dict[str, str]:
    try:
        parsed: Any = json.loads(text)
    except ValueError as e:
        raise ValueError(f"[{SECTION}] environment is not JSON: {e}") from None
    if not isinstance(parsed, dict) or not all(isinstance(v, str) for v in parsed.values()):
        raise ValueError(f"[{SECTION}] environment is not a JSON object of strings")
    return parsed


def number_of_bytes(text: str) -> int:
    """Return the bytes of "512m", whose units are powers of 1024; ValueError for any other form."""
    units = {"b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
    digits, unit = (text[:-1], text[-1].lower()) if text[-1:].isalpha() else (text, "b")
    if not digits.isdecimal() or unit not in units or int(digits) == 0:
        raise ValueError(f"{text!r} is no size: write a number with b, k, m or g, as 512m")
    return int(digits) * units[unit]


def user() -> str:
    """Return user and group of every container, "65532:65532"; ValueError for root and for names, which may be root's."""
    text = get("user")
    if not re.fullmatch(r"[1-9][0-9]*(:[0-9]+)?", text):
        raise ValueError(f"[{SECTION}] user is {text!r}: want a number that is not root's, as 65532:65532")
    return text


def mounts(step: str) -> list[tuple[str, str, bool]]:
    """Return source, target and whether it is read-only of each SOURCE:/TARGET[:ro].

    ValueError for anything else, and for the engine's own socket.
    """
    found = []
    for entry in filter(None, (e.strip() for e in get("docker_mounts", step).split(","))):
        parts = re.fullmatch(r"([^:]+):(/[^:]*)(?::(ro|rw))?", entry)
        if parts is None:
            raise ValueError(f"[{SECTION}] docker_mounts: want SOURCE:/TARGET or SOURCE:/TARGET:ro, got {entry!r}")
        source, target, mode = parts.groups()
        if source.endswith(".sock") or target.endswith(".sock") or source.rstrip("/") in ("", "/run", "/var", "/var/run"):
            raise ValueError(f"[{SECTION}] docker_mounts: {entry!r} would give a step the engine")
        found.append((source, target, mode == "ro"))
    return found


def check(step: str) -> None:
    """Read every setting of a step once; ValueError where one cannot be used."""
    runtime()
    user()
    image(step)
    environment(step)
    mounts(step)
    number_of_bytes(get("memory", step))
    number_of_bytes(get("scratch", step))
    float(get("cpus", step))
    int(get("pids", step))


def markdown() -> str:
    """Return the table as documentation shows it."""
    rows = ["| setting | default | meaning |", "| --- | --- | --- |"]
    for s in TABLE:
        own = f"; `{s.name}_STEP` for one step" if s.by_step else ""
        rows.append(f"| `{s.name}` | {f'`{s.default}`' if s.default else ''} | {s.meaning}{own} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(markdown(), end="")
