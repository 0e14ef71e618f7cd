"""A home of the tests' own for Airflow, which must be known before Airflow is imported."""

import shutil

from own_home import HOME


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(HOME, ignore_errors=True)
