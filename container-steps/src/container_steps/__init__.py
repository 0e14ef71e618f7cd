"""Runs containers as Airflow tasks, as a project's `Contract` says: `Contract(name="parcels").step(...)` makes a task of a step.

Airflow and the steps know each other only through arguments, exit codes, log lines and the result.
"""

try:
    from container_steps.contract import ConfigMap, Contract, Lineage, Zone
    from container_steps.credentials import Credential, CredentialError, aws, from_connection
    from container_steps.settings import Setting, Settings
except ImportError:
    from container_steps.versions import require_airflow

    require_airflow()  # which says it better, where it is Airflow that lacks something
    raise

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
