"""Airflow as the tests use it: a home of its own, no examples, no settings of the machine's."""

import os
import tempfile

os.environ.update(
    {
        "AIRFLOW_HOME": tempfile.mkdtemp(prefix="covers-airflow-"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
)
for _name in [n for n in os.environ if n.startswith(("AIRFLOW__COVERS__", "COVERS_", "AWS_", "DOCKER_"))]:
    del os.environ[_name]
