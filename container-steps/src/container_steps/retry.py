"""The reason of a retry, stored where Airflow can: from 3.3 on, in `task_instance.retry_reason`."""

from __future__ import annotations

from typing import Any

from container_steps.exits import StepFailedError

try:
    from airflow.sdk.definitions.retry_policy import RetryDecision, RetryPolicy
except ModuleNotFoundError:  # before Airflow 3.3
    POLICY: dict[str, Any] = {}
else:

    class ReasonedRetry(RetryPolicy):
        """Retries as the task says, and stores on the task instance why."""

        def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
            """Retry a failed step with its reason, and leave any other exception to Airflow's default."""
            if isinstance(exception, StepFailedError):
                return RetryDecision.retry(reason=str(exception))
            return RetryDecision.default()

    POLICY = {"retry_policy": ReasonedRetry()}
