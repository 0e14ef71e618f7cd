"""The one place where a DAG file's step becomes an operator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from container_steps.credentials import Credential, of_step
from container_steps.operator import StepOperator


def step(
    task_id: str,
    name: str,
    arguments: Sequence[Any] = (),
    *,
    credentials: Sequence[Credential | str] = (),
    environment: Mapping[str, Any] | None = None,
    **operator_kwargs: Any,
) -> StepOperator:
    """Make an operator of the configured runtime ([covers] runtime) that runs a step.

    :param name: the step's name
    :param arguments: flags, values and verbs, each an element (templated; values of a mapped task group may stand here)
    :param credentials: platforms' credentials by their names in restaurants.yaml, or what `platform(…)`, `aws()`, `snowflake()`
        and `token_key()` return: connections that are read when the task executes. Those of the lake, the warehouse and the
        token key follow from the settings
    :param environment: further variables, none of them secret (templated)
    :param operator_kwargs: what every operator takes: outlets, pool, retries, execution_timeout, trigger_rule …
    """
    return StepOperator(
        task_id=task_id,
        step=name,
        arguments=arguments,
        environment=environment,
        credential_list=of_step(name, credentials),
        **operator_kwargs,
    )
