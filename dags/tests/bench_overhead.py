"""What a step costs as a task, beside a BashOperator that runs `true` and, where there is an engine, beside a DockerOperator.

    bench_overhead.py AIRFLOW_BIN [ROUNDS]

All run in one Airflow of its own, one after the other and in turns, each round one of each, so that what disturbs the machine
disturbs all; the first round, which warms it up, does not count. The step's program does nothing but write its result. What is
told is the time from the start of a task's process to its end, as Airflow keeps it, and that from the end of the task before, in
which the scheduler's own time is. Medians.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from own_airflow import Airflow, stop

IMAGE = "covers-bench/nothing:latest"
RESULT = '{"status":"done"}'
DAG = f"""
from airflow.providers.docker.operators.docker import DockerOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, chain
from container_steps import Contract

process, container = Contract(name="bench_process").step, Contract(name="bench_docker").step
kinds = {{
    "bash": lambda i: BashOperator(task_id=i, bash_command="true"),
    "process": lambda i: process(i, "nothing"),
    "docker": lambda i: container(i, "nothing"),
    "provider": lambda i: DockerOperator(task_id=i, image="{IMAGE}", auto_remove="force", mount_tmp_dir=False),
}}
with DAG("bench", schedule=None, default_args={{"retries": 0}}, is_paused_upon_creation=False):
    chain(*(make(f"{{kind}}_{{n:02}}") for n in range(ROUNDS + 1) for kind, make in kinds.items() if kind in KINDS))
"""
NAMES = {
    "bash": "BashOperator, true",
    "process": "a step, as a process",
    "docker": "a step, as a container",
    "provider": "DockerOperator, the same image",
}


def has_engine(folder: Path) -> bool:
    """Build the image whose container writes a result, and return whether there is an engine that can."""
    if not shutil.which("docker") or subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        return False
    (folder / "Dockerfile").write_text('FROM scratch\nCOPY nothing /nothing\nENTRYPOINT ["/nothing"]\n')
    (folder / "nothing.go").write_text(
        f'package main\n\nimport "os"\n\nfunc main() {{ os.Stdout.WriteString(`{RESULT}` + "\\n") }}\n'
    )
    build = {**os.environ, "CGO_ENABLED": "0"}
    subprocess.run(["go", "build", "-o", "nothing", "nothing.go"], cwd=folder, env=build, check=True)
    subprocess.run(["docker", "build", "--quiet", "--tag", IMAGE, "."], cwd=folder, check=True, capture_output=True)
    return True


def main() -> None:
    bin_folder, rounds = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10
    home = Path(tempfile.mkdtemp())
    engine = has_engine(home)
    kinds = [kind for kind in NAMES if engine or kind in ("bash", "process")]
    (home / "dags").mkdir()
    (home / "dags/bench.py").write_text(f"ROUNDS, KINDS = {rounds}, {kinds}\n{DAG}")
    program = home / "program"
    program.write_text(f"#!/bin/sh\necho '{RESULT}'\n")
    program.chmod(0o755)
    settings = {
        "AIRFLOW__BENCH_PROCESS__RUNTIME": "process",
        "AIRFLOW__BENCH_PROCESS__PROCESS_PROGRAM": str(program),
        "AIRFLOW__BENCH_DOCKER__IMAGE": IMAGE,
        "AIRFLOW__BENCH_DOCKER__DOCKER_NETWORK": "none",
    }
    airflow = Airflow(bin_folder, home, home / "dags", settings)
    try:
        airflow.cli("db", "migrate")
        airflow.cli("dags", "reserialize")
        airflow.start()
        run = airflow.trigger("bench", 120 * rounds)
        assert run["state"] == "success", f"the tasks failed: see {home}"
        tell(airflow, run, kinds, rounds)
    finally:
        stop(airflow.groups)
        if engine:
            subprocess.run(["docker", "rmi", IMAGE], check=True, capture_output=True)
    shutil.rmtree(home)


def tell(airflow: Airflow, run: dict[str, object], kinds: list[str], rounds: int) -> None:
    """Print what each kind took, and how much more than the BashOperator of its round."""
    tasks = sorted(airflow.tasks(run), key=lambda t: t["start_date"])
    first, tasks = tasks[: len(kinds)], tasks[len(kinds) :]
    own: dict[str, list[float]] = {kind: [] for kind in kinds}
    whole: dict[str, list[float]] = {kind: [] for kind in kinds}
    before = moment(first[-1]["end_date"])
    for task in tasks:
        kind, end = task["task_id"].partition("_")[0], moment(task["end_date"])
        own[kind].append(end - moment(task["start_date"]))
        whole[kind].append(end - before)
        before = end
    print(f"{rounds} rounds, medians; what is more than the BashOperator of the same round")
    for kind in kinds:
        took, more = (statistics.median(x) for x in (own[kind], map(float.__sub__, own[kind], own["bash"])))
        all_of_it = statistics.median(whole[kind])
        print(f"  {NAMES[kind]:<31} {took:5.2f} s  {more:+5.2f} s  with the scheduler {all_of_it:5.2f} s")


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


if __name__ == "__main__":
    main()
