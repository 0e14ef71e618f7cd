"""Runs the steps of Covers as Airflow tasks: `step(...)` makes an operator of the configured runtime.

Airflow and the steps know each other only through flags, exit codes, log lines and the result (docs/steps.md).
The settings stand in `covers_airflow.settings`.
"""

from covers_airflow.credentials import aws, platform, snowflake, token_key
from covers_airflow.factory import step

__all__ = ["aws", "platform", "snowflake", "step", "token_key"]
