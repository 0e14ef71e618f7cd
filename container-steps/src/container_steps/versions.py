"""Which Airflow and which providers the package was tried with, and what is said of any other.

The operators override private methods of the providers of Docker and Kubernetes, which any release may change. So a version that
nobody tried may work, and is not refused: where something fails oddly, the warning in the task's log says where to look first.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from packaging.specifiers import SpecifierSet
from packaging.version import Version

AIRFLOW = "apache-airflow-core"

TRIED = {
    AIRFLOW: SpecifierSet(">=3.1.0,<3.4"),
    "apache-airflow-providers-docker": SpecifierSet(">=4.6.1,<4.7"),
    "apache-airflow-providers-cncf-kubernetes": SpecifierSet(">=10.25.0,<10.26"),
}
"""The tests run on the lowest of each range and on the highest that there is."""

PROVIDERS = {
    "docker": "apache-airflow-providers-docker",
    "kubernetes": "apache-airflow-providers-cncf-kubernetes",
}
"""What a runtime needs beside Airflow."""


def require_airflow() -> None:
    """Refuse an Airflow that cannot work: ImportError. Airflow 2 has no Task SDK, and its distribution has no -core."""
    try:
        found = version(AIRFLOW)
    except PackageNotFoundError:
        found = _version("apache-airflow")
        raise ImportError(f"container_steps needs Airflow 3.1 or newer and found {found}: upgrade Airflow") from None
    if Version(found) < Version("3.1"):
        raise ImportError(f"container_steps needs Airflow 3.1 or newer and found {found}: upgrade Airflow")


def untried(runtime: str) -> list[str]:
    """Return a sentence for each version that a runtime uses and that was not tried."""
    said = []
    for distribution in (AIRFLOW, *filter(None, [PROVIDERS.get(runtime)])):
        found, tried = _version(distribution), TRIED[distribution]
        if not tried.contains(found, prereleases=True):
            said.append(
                f"{distribution} {found} was not tried with container_steps: where a step fails oddly, install one of {tried}"
            )
    return said


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "none"
