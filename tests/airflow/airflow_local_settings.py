"""The DAGs' tasks try five times more, minutes apart; here once more, after seconds. A cluster policy, as any Airflow may have one."""

import datetime


def task_policy(task):
    task.retries = min(task.retries, 1)
    task.retry_delay = datetime.timedelta(seconds=2)
    task.retry_exponential_backoff = False
