"""Runs containers as Airflow tasks, as a project's `Contract` says: `Contract(name="parcels").step(...)` makes a task of a step.

Airflow and the steps know each other only through arguments, exit codes, log lines and the result.
"""

from container_steps.contract import ConfigMap, Contract, Lineage, Zone
from container_steps.credentials import Credential, CredentialError, aws, from_connection
from container_steps.settings import Setting, Settings

__all__ = [
    "ConfigMap",
    "Contract",
    "Credential",
    "CredentialError",
    "Lineage",
    "Setting",
    "Settings",
    "Zone",
    "aws",
    "from_connection",
]
