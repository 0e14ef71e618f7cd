"""Covers' own use of container_steps: `step(...)` makes an operator of the configured runtime that runs a step of Covers."""

from covers_airflow.contract import CONTRACT
from covers_airflow.credentials import platform, snowflake, token_key

step = CONTRACT.step

__all__ = ["CONTRACT", "platform", "snowflake", "step", "token_key"]
