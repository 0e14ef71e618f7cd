"""A step as a task of a DAG, whatever runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseOperator
from airflow.sdk.bases.operator import ExecutorSafeguard

from container_steps.credentials import Credential
from container_steps.exits import StepFailedError, StepRefusedError
from container_steps.retry import POLICY
from container_steps.step_run import StepRun
from container_steps.versions import PROVIDERS, untried

if TYPE_CHECKING:
    from airflow.sdk import Context

    from container_steps.contract import Contract
    from container_steps.result import Result


class StepOperator(BaseOperator):
    """Runs a step with the configured runtime's own operator, which is imported and made when the task executes.

    The libraries of Docker take half a second to import and those of Kubernetes several, and Airflow reads a DAG file every
    half-minute. What is wrong with the settings shows all the same when the DAG is read.

    :param contract: the project's
    :param step: the step's name
    :param arguments: flags, values and verbs, each an element (templated)
    :param environment: further variables, none of them secret (templated)
    :param credential_list: connections that are read when the task executes
    """

    template_fields: Sequence[str] = ("arguments", "environment")
    template_ext: Sequence[str] = ()  # an argument that ends in .yaml is not the name of a template

    def __init__(
        self,
        *,
        contract: Contract,
        step: str,
        arguments: Sequence[Any] = (),
        environment: Mapping[str, Any] | None = None,
        credential_list: Sequence[Credential] = (),
        **kwargs: Any,
    ):
        super().__init__(**{**POLICY, **kwargs})
        contract.settings.check(step)
        self.contract = contract
        self.step = step
        self.runtime = contract.settings.runtime()
        self.arguments = list(arguments)
        self.environment = {**contract.settings.environment(step), **(environment or {})}
        self.credential_list = list(credential_list)
        self._runner: Any = None
        self._killed = False

    def execute(self, context: Context) -> Result:
        """Hand the step to its runtime's operator and return its result."""
        run = StepRun(
            contract=self.contract,
            step=self.step,
            arguments=[str(a) for a in self.arguments],
            environment={k: str(v) for k, v in self.environment.items()},
            credentials=self.credential_list,
        )
        for words in untried(self.runtime):
            self.log.warning(words)
        self._runner = _operator(self.runtime)(task_id=self.task_id, step_run=run, outlets=self.outlets)
        if self._killed:
            raise StepFailedError(f"{self.step} was stopped before it started")
        ExecutorSafeguard.tracker.set(self._runner)  # this is the task runner's call, handed on
        result: Result = self._runner.execute(context)
        return result

    def on_kill(self) -> None:
        """Stop the step, also where its operator is still being made."""
        self._killed = True
        if self._runner is not None:
            self._runner.on_kill()

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Return what OpenLineage asks an operator for."""
        return self._runner and self._runner.get_openlineage_facets_on_complete(task_instance)


def _operator(runtime: str) -> Any:
    try:
        return _imported(runtime)
    except ModuleNotFoundError as e:
        if not (e.name or "").startswith("airflow.providers."):
            raise
        provider = PROVIDERS[runtime]
        raise StepRefusedError(f"the runtime {runtime} needs {provider}: pip install 'container-steps[{runtime}]'") from e


def _imported(runtime: str) -> Any:
    match runtime:
        case "docker":
            from container_steps.docker import DockerStepOperator

            return DockerStepOperator
        case "kubernetes":
            from container_steps.kubernetes import PodStepOperator

            return PodStepOperator
        case "process":
            from container_steps.process import ProcessStepOperator

            return ProcessStepOperator
    raise ValueError(f"no operator is known for the runtime {runtime!r}")
