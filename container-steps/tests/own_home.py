"""A home of the tests' own for Airflow, without examples and without the machine's settings: to import before Airflow is."""

import os
import tempfile

HOME = tempfile.mkdtemp(prefix="container-steps-")

os.environ.update({"AIRFLOW_HOME": HOME, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"})
for _name in [n for n in os.environ if n.startswith(("AIRFLOW__COVERS__", "AIRFLOW__PARCELS__", "COVERS_", "AWS_", "DOCKER_"))]:
    del os.environ[_name]
