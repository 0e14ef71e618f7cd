"""A cluster policy, as any Airflow may have one: tasks try once more after seconds, in place of five times more after minutes."""

import datetime
from typing import Any


def task_policy(task: Any) -> None:
    task.retries = min(task.retries, 1)
    task.retry_delay = datetime.timedelta(seconds=2)
    task.retry_exponential_backoff = False
