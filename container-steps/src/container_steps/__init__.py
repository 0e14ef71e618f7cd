"""Runs the steps of Covers as Airflow tasks: `step(...)` makes an operator of the configured runtime.

Airflow and the steps know each other only through flags, exit codes, log lines and the result (docs/steps.md).
The settings stand in `container_steps.settings`.
"""

from container_steps.credentials import aws, platform, snowflake, token_key
from container_steps.factory import step

__all__ = ["aws", "platform", "snowflake", "step", "token_key"]
