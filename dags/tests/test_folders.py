"""The DAG files in a folder of somebody else's repository, as Airflow finds them there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from dag_files import DAGS, NAMES
from packages import PACKAGES

THEIRS = """
from airflow.sdk import DAG

with DAG("theirs", schedule=None):
    pass
"""

READ = """
import json, sys
from pathlib import Path
import structlog
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.sdk.execution_time.callback_supervisor import execute_callback

bundle, file, context = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
before = list(sys.path)
bag = BundleDagBag(bundle, bundle_path=bundle, bundle_name="dags")
deadline = bag.dags["covers"].deadline
path = (deadline[0] if isinstance(deadline, list) else deadline).callback.path
sys.path[:] = [*before, str(bundle)]  # as in an executor's process, which has read no DAG file
for name in [n for n in sys.modules if n.startswith("covers")]:
    del sys.modules[name]
called = execute_callback(path, {"context": context}, Path(file), bundle, structlog.get_logger())
print(json.dumps({"dags": sorted(bag.dags), "errors": bag.import_errors, "called": called}))
"""

LATE = {
    "dag_run": {
        "dag_id": "covers",
        "dag_run_id": "r",
        "run_type": "scheduled",
        "state": "running",
        "partition_key": "2026-03-27",
    },
    "deadline": {"deadline_time": "2026-03-28T09:00:00Z"},
}


def test_a_folder_of_another_repository(tmp_path: Path) -> None:
    """Three DAGs beside theirs, whose .airflowignore stays; and the executor finds who tells of a late run."""
    bundle, folder = tmp_path / "dags", tmp_path / "dags" / "teams" / "covers"
    shutil.copytree(DAGS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (bundle / "other").mkdir()
    (bundle / "other" / "theirs.py").write_text(THEIRS)
    (bundle / "other" / "draft.py").write_text("import nothing_that_is_here  # for an airflow dag")
    (bundle / ".airflowignore").write_text("other/draft.py\n")
    heard = tmp_path / "heard"
    (folder / "my_alerts.py").write_text(f"def wake(context):\n    open({str(heard)!r}, 'a').write(context['alert'].title)\n")
    env = os.environ | {
        "PYTHONPATH": str(PACKAGES),
        "AIRFLOW__COVERS__RUNTIME": "process",
        "AIRFLOW__COVERS__ON_LATE": "my_alerts.wake",
        "COVERS_RESTAURANTS": str(DAGS.parent / "restaurants.yaml"),
    }
    command = [sys.executable, "-c", READ, str(bundle), "teams/covers/covers.py", json.dumps(LATE)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == {"dags": [*NAMES, "theirs"], "errors": {}, "called": [True, None]}
    assert heard.read_text().startswith("covers of 2026-03-27 is late")
