"""What is Covers' own of what runs its steps: settings, variables, credentials, zones and the schema of a result."""

from __future__ import annotations

import json
import re
from pathlib import Path

from container_steps import ConfigMap, Contract, Lineage, Setting, Zone
from container_steps.contract import ASSET_EXTRA
from covers_airflow import dag_settings
from covers_airflow.credentials import of_step

SETTINGS = [
    Setting("raw", "", "URL of the raw zone", variable="COVERS_RAW"),
    Setting("staging", "", "URL of the staging zone", variable="COVERS_STAGING"),
    Setting("processed", "", "URL of the processed zone", variable="COVERS_PROCESSED"),
    Setting("warehouse", "", "URL of the warehouse", variable="COVERS_WAREHOUSE"),
    Setting("simulator", "", "URL of the simulated platforms' zone, which generate writes", variable="COVERS_OUT"),
    Setting("restaurants", "", "path of restaurants.yaml as the step sees it", variable="COVERS_RESTAURANTS"),
    Setting("lake_connection", "", "Airflow connection (aws) for the zones on S3; empty: the role of the machine or pod"),
    Setting("warehouse_connection", "", "Airflow connection (snowflake) of load, report and care; empty: none, as for DuckDB"),
    Setting("token_key_connection", "covers_token_key", "Airflow connection whose password is validate's COVERS_TOKEN_KEY"),
    Setting("kubernetes_restaurants", "covers-restaurants", "config map that is mounted at /etc/covers; empty: none"),
]

RAW = Zone("COVERS_RAW", "--raw")
STAGING = Zone("COVERS_STAGING", "--staging")
PROCESSED = Zone("COVERS_PROCESSED", "--processed")
WAREHOUSE = Zone("COVERS_WAREHOUSE", "--warehouse")

# What a load writes, beside its own bookkeeping (schema_versions, load_gate). ERASURE_DECISIONS is what people decide.
TABLES = [
    "RESERVATIONS",
    "CUSTOMERS",
    "RESERVATION_OBSERVATIONS",
    "CUSTOMER_OBSERVATIONS",
    "ABSENCES",
    "ERASURES",
    "HELD_ERASURES",
    "MERGES",
    "LOADS",
    "RESTAURANTS",
    "RESTAURANT_HISTORY",
    "PLATFORMS",
]


def dataset(key: str) -> str:
    """Return the dataset that a key of a zone belongs to: what stands before its day, as opentable/101 or reports.

    A dataset is a source in a zone, whatever the day, reading and rank; what has no more than its day is of the zone itself.
    """
    parts = key.split("/")
    first = next((i for i, part in enumerate(parts) if re.match(r"\d{4}-\d{2}-\d{2}", part)), len(parts) - 1)
    return "/".join(parts[:first])


# Every step that Airflow runs: mockapi serves, and demo runs the others without Airflow.
STEPS = {
    "generate": Lineage(writes=Zone("COVERS_OUT", "--out")),
    "extract": Lineage(writes=RAW),
    "validate": Lineage(reads=RAW, writes=STAGING),
    "transform": Lineage(reads=STAGING, writes=PROCESSED),
    "load": Lineage(reads=PROCESSED, writes=WAREHOUSE, warehouse=WAREHOUSE, tables=TABLES),
    "report": Lineage(reads=STAGING, writes=PROCESSED),
    "care": Lineage(),
}

CONTRACT = Contract(
    name="covers",
    own_settings=[*SETTINGS, *dag_settings.TABLE],
    credentials=of_step,
    result_schema=json.loads(Path(__file__).with_name("result.schema.json").read_text(encoding="utf-8")),
    asset_extra=[*ASSET_EXTRA, "command", "day", "source", "manifest", "details.service_dates", "details.page"],
    lineage=STEPS,
    dataset=dataset,
    config_maps=[
        ConfigMap("kubernetes_restaurants", "/etc/covers", {"COVERS_RESTAURANTS": "/etc/covers/restaurants.yaml"}),
    ],
)
