"""Airflow as the tests use it: a home of its own, no examples, no settings of the machine's."""

import shutil

from own_home import HOME
from reading import connection

__all__ = ["connection"]  # a fixture


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(HOME, ignore_errors=True)
