"""Covers' own use of container_steps: `step(...)` makes an operator of the configured runtime that runs a step of Covers."""

from container_steps import aws, platform, snowflake, step, token_key

__all__ = ["aws", "platform", "snowflake", "step", "token_key"]
