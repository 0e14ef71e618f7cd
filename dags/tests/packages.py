"""Where the package is that an Airflow of Covers has installed beside the providers, for processes that the tests start."""

from pathlib import Path

PACKAGES = Path(__file__).resolve().parents[2] / "container-steps/src"
