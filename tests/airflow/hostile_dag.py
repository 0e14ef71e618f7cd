"""hostile: containers that behave badly, each run by the operator that runs the steps."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from covers_airflow import step

with DAG("hostile", schedule=None, default_args={"retries": 0}, is_paused_upon_creation=False):
    step("flood", "hostile", ["flood", "100000"])
    for way in ("binary", "levels", "gone", "big", "too-big", "silent"):
        step(way, "hostile", [way])
    step("endless", "hostile", ["endless"], execution_timeout=timedelta(seconds=15))
