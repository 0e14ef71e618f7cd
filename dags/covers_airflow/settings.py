"""Prints the table of all settings of the section [covers]: python -m covers_airflow.settings."""

from covers_airflow import CONTRACT

if __name__ == "__main__":
    print(CONTRACT.settings.markdown(), end="")
