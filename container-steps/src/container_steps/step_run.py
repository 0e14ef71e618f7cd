"""One run of a step, as every runtime is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from container_steps.credentials import Bearer, Credential, read
from container_steps.log_volume import LogVolume
from container_steps.settings import number_of_bytes

if TYPE_CHECKING:
    from container_steps.contract import Contract
    from container_steps.settings import Settings

GRACE = 3
"""Seconds from SIGTERM to SIGKILL; Airflow kills a task 5 s after it asked it to end."""


@dataclass(frozen=True)
class StepRun:
    """What is run, and what it is given.

    :param contract: the project's
    :param step: the step's name
    :param arguments: verbs, flags and their values
    :param environment: variables, none of them secret
    :param credentials: connections that become variables when the task executes; on Kubernetes a secret stands for each
    :param public: those variables of the credentials that are no secret, once they were read: lineage names places by them
    """

    contract: Contract
    step: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    credentials: Sequence[Credential]
    public: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def settings(self) -> Settings:
        """The settings of the contract."""
        return self.contract.settings

    def variables(self, context: Mapping[str, Any]) -> dict[str, str]:
        """Read the credentials, and return them with the other variables."""
        ti = context["ti"]
        name = f"{ti.dag_id}.{ti.task_id}.{ti.run_id}"
        found = read(self.credentials, Bearer(self.step, name, ti.task.execution_timeout))
        known = {variable for credential in self.credentials for variable in credential.public}
        self.public.update({variable: found[variable] for variable in known & found.keys()})
        return {**found, **self.environment}

    @property
    def logger(self) -> str:
        """The name of the step's logger."""
        return self.contract.logger(self.step)

    def log_volume(self) -> LogVolume:
        """Return what bounds the log of a try."""
        most = number_of_bytes(self.settings.get("log_size", self.step))
        return LogVolume(most, f"[{self.settings.section}] log_size_{self.step}")
