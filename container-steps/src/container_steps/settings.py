"""The settings of a contract: a section of Airflow's configuration, or AIRFLOW__SECTION__NAME.

Reading them touches no connection, no variable and no network, so that a DAG file may. A setting that may differ from step to
step is looked up as NAME_STEP first: AIRFLOW__PARCELS__MEMORY_SORT=2g.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from airflow.providers.common.compat.sdk import conf

from container_steps import pod_template

RUNTIMES = ("docker", "kubernetes", "process")
PULL_POLICIES = ("IfNotPresent", "Always", "Never")
LOG_SIZE = "128m"


@dataclass(frozen=True)
class Setting:
    """One setting.

    :param name: its name in the section
    :param default: what holds where it is not set
    :param meaning: what it means, for the table of all settings
    :param by_step: whether a step may have its own, NAME_STEP
    :param variable: the variable of every step that has its value, where it is not empty
    """

    name: str
    default: str
    meaning: str
    by_step: bool = False
    variable: str = ""


def runtime_settings(name: str) -> list[Setting]:
    """Return the settings that every contract has, with the defaults of one of this name."""
    dashed = name.replace("_", "-")
    return [
        Setting("runtime", "docker", "what runs a step: docker, kubernetes or process"),
        Setting("image", f"{name}/{{step}}:{{tag}}", "the image, a pattern of step and tag", True),
        Setting("tag", "latest", "the tag in that pattern", True),
        Setting(
            "deployment",
            "airflow",
            "tells this Airflow's containers and pods from another's on the same engine or in the same namespace; "
            "part of their labels",
        ),
        Setting("environment", "{}", "further variables of every step, a JSON object; never a secret", True),
        Setting("memory", "512m", "memory, without swap; b, k, m or g", True),
        Setting("cpus", "1.0", "CPUs, a quota", True),
        Setting("pids", "256", "processes and threads", True),
        Setting("scratch", "256m", "size of /tmp, in memory and counted as such", True),
        Setting("user", "65532:65532", "user and group, numbers; not root"),
        Setting("docker_url", "", "the engine; empty: DOCKER_HOST, else the local socket"),
        Setting(
            "docker_cert_path", "", "folder of ca.pem, cert.pem and key.pem, for an engine that is reached by TLS; empty: without"
        ),
        Setting("docker_connection", "", "Airflow connection of a private image registry"),
        Setting("docker_pull_policy", "IfNotPresent", "when an image is pulled: IfNotPresent, Always or Never", True),
        Setting("docker_network", "bridge", "network of the containers", True),
        Setting(
            "docker_mounts", "", "SOURCE:/TARGET[:ro], with commas; a source is a volume or a path of the engine's machine", True
        ),
        Setting("docker_log_size", "64m", "the most the engine keeps of a container's log; what an adopting task can read again"),
        Setting(
            "kubernetes_connection", "", "Airflow connection of the cluster; empty: the cluster Airflow runs in, or KUBECONFIG"
        ),
        Setting("kubernetes_namespace", dashed, "namespace of the pods"),
        Setting("kubernetes_service_account", f"{dashed}-{{step}}", "service account, a pattern of step", True),
        Setting("kubernetes_pull_policy", "IfNotPresent", "when an image is pulled"),
        Setting(
            "kubernetes_pod_template",
            "",
            "path of a template of the pods, in which stands where they run and what runs beside the step; empty: none",
            True,
        ),
        Setting(
            "kubernetes_startup_timeout", "600", "seconds in which a pod must find a node, and as many in which it must start"
        ),
        Setting("kubernetes_cpu_request", "", "CPUs that a node keeps free for the step; empty: as many as `cpus`", True),
        Setting("kubernetes_sidecar_image", "alpine:3.24.2", "image of the container that hands over the result; has sh and cat"),
        Setting("kubernetes_secret", "{connection}", "secret that stands for a connection, a pattern; _ of the name become -"),
        Setting(
            "log_size",
            LOG_SIZE,
            "the most that a try's log keeps of what the step writes; what is beyond is left out, but for its last lines",
            True,
        ),
        Setting(
            "process_program", "{step}", "path of a step's program, a pattern; without a slash it is looked up in PATH", True
        ),
    ]


class Settings:
    """The settings of a contract, read anew each time that one is asked for."""

    def __init__(self, section: str, runtimes: Sequence[Setting], own: Sequence[Setting] = ()):
        """Take the settings of the runtimes and the project's own; one of the same name takes the place of the runtimes'."""
        self.section = section
        self._by_name = {setting.name: setting for setting in (*runtimes, *own)}

    @property
    def table(self) -> list[Setting]:
        """All settings, in the order of the documentation."""
        return list(self._by_name.values())

    def get(self, name: str, step: str = "") -> str:
        """Return the setting as text: the step's own, else everybody's, else the default."""
        setting = self._by_name[name]
        if step and setting.by_step:
            own = conf.get(self.section, f"{name}_{step}", fallback=None)
            if own is not None:
                return str(own)
        return str(conf.get(self.section, name, fallback=setting.default))

    def runtime(self) -> str:
        """Return the configured runtime; ValueError for one that is none."""
        name = self.get("runtime")
        if name not in RUNTIMES:
            raise ValueError(f"[{self.section}] runtime is {name!r}: use one of {', '.join(RUNTIMES)}")
        return name

    def pull_policy(self, step: str) -> str:
        """Return when Docker pulls an image; ValueError for a word that says nothing."""
        policy = self.get("docker_pull_policy", step)
        if policy not in PULL_POLICIES:
            raise ValueError(f"[{self.section}] docker_pull_policy is {policy!r}: use one of {', '.join(PULL_POLICIES)}")
        return policy

    def image(self, step: str) -> str:
        """Return the image of a step."""
        return self.get("image", step).format(step=step, tag=self.get("tag", step))

    def environment(self, step: str) -> dict[str, str]:
        """Return the variables that every step gets, and those of this one; none is a secret."""
        variables = {setting.variable: self.get(setting.name, step) for setting in self.table if setting.variable}
        for further in (self.get("environment"), self.get("environment", step)):
            variables.update(self._object(further))
        return {name: value for name, value in variables.items() if value != ""}

    def _object(self, text: str) -> dict[str, str]:
        try:
            parsed: Any = json.loads(text)
        except ValueError as e:
            raise ValueError(f"[{self.section}] environment is not JSON: {e}") from None
        if not isinstance(parsed, dict) or not all(isinstance(v, str) for v in parsed.values()):
            raise ValueError(f"[{self.section}] environment is not a JSON object of strings")
        return parsed

    def user(self) -> str:
        """Return user and group of every container, "65532:65532"; ValueError for root and for names, which may be root's."""
        text = self.get("user")
        if not re.fullmatch(r"[1-9][0-9]*(:[0-9]+)?", text):
            raise ValueError(f"[{self.section}] user is {text!r}: want a number that is not root's, as 65532:65532")
        return text

    def mounts(self, step: str) -> list[tuple[str, str, bool]]:
        """Return source, target and whether it is read-only of each SOURCE:/TARGET[:ro].

        ValueError for anything else, and for the engine's own socket.
        """
        found = []
        for entry in filter(None, (e.strip() for e in self.get("docker_mounts", step).split(","))):
            parts = re.fullmatch(r"([^:]+):(/[^:]*)(?::(ro|rw))?", entry)
            if parts is None:
                raise ValueError(f"[{self.section}] docker_mounts: want SOURCE:/TARGET or SOURCE:/TARGET:ro, got {entry!r}")
            source, target, mode = parts.groups()
            if source.endswith(".sock") or target.endswith(".sock") or source.rstrip("/") in ("", "/run", "/var", "/var/run"):
                raise ValueError(f"[{self.section}] docker_mounts: {entry!r} would give a step the engine")
            found.append((source, target, mode == "ro"))
        return found

    def check(self, step: str) -> None:
        """Read every setting of a step once; ValueError where one cannot be used."""
        self.runtime()
        self.user()
        self.image(step)
        self.pull_policy(step)
        self.environment(step)
        self.mounts(step)
        number_of_bytes(self.get("memory", step))
        number_of_bytes(self.get("scratch", step))
        number_of_bytes(self.get("log_size", step))
        cpus = float(self.get("cpus", step))
        int(self.get("pids", step))
        if self.runtime() == "kubernetes":
            self._check_kubernetes(step, cpus)

    def _check_kubernetes(self, step: str, cpus: float) -> None:
        request, timeout = self.get("kubernetes_cpu_request", step), self.get("kubernetes_startup_timeout")
        if request and not (re.fullmatch(r"[0-9]*\.?[0-9]+", request) and 0 < float(request) <= cpus):
            raise ValueError(
                f"[{self.section}] kubernetes_cpu_request is {request!r}: want a number up to that of cpus, {cpus:g}"
            )
        if not timeout.isdecimal() or int(timeout) == 0:
            raise ValueError(f"[{self.section}] kubernetes_startup_timeout is {timeout!r}: want a number of seconds, as 600")
        try:
            pod_template.read(self.get("kubernetes_pod_template", step))
        except ValueError as e:
            raise ValueError(f"[{self.section}] {e}") from None

    def markdown(self) -> str:
        """Return the table as documentation shows it."""
        rows = ["| setting | default | meaning |", "| --- | --- | --- |"]
        for s in self.table:
            own = f"; `{s.name}_STEP` for one step" if s.by_step else ""
            variable = f": {s.variable}" if s.variable else ""
            rows.append(f"| `{s.name}` | {f'`{s.default}`' if s.default else ''} | {s.meaning}{variable}{own} |")
        return "\n".join(rows) + "\n"


def number_of_bytes(text: str) -> int:
    """Return the bytes of "512m", whose units are powers of 1024; ValueError for any other form."""
    units = {"b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
    digits, unit = (text[:-1], text[-1].lower()) if text[-1:].isalpha() else (text, "b")
    if not digits.isdecimal() or unit not in units or int(digits) == 0:
        raise ValueError(f"{text!r} is no size: write a number with b, k, m or g, as 512m")
    return int(digits) * units[unit]
