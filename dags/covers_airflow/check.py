"""Says what is missing before a first run: python -m covers_airflow.check, in the folder of the DAG files.

It looks at the settings, restaurants.yaml, who hears of trouble, connections, pools, and what the runtime needs: with docker the
engine and its images, with process the programs, with kubernetes the cluster and Airflow's rights in it. With docker and process
it then runs steps that reach the zones and the warehouse and change nothing. Run it where `airflow connections list` works,
with Airflow's own configuration. Each line is right, wrong (with what to do) or open: not to be seen from here. No secret is
shown. It ends with 1 where something is wrong, else with 0.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

from covers_airflow.checks import Finding


def findings(*, run_steps: bool = True) -> Iterator[Finding]:
    """Yield what is found, in the order in which one would set things up."""
    from covers_airflow import CONTRACT
    from covers_airflow.checks import cluster, configuration, database, engine, programs, trial

    yield from configuration.settings()
    platforms, found = configuration.restaurants()
    yield from found
    yield from configuration.callbacks()
    yield from database.notifiers()
    yield from database.pools()
    try:
        runtime = CONTRACT.settings.runtime()
    except ValueError:
        return  # it has been said
    if runtime == "kubernetes":
        yield from cluster.rights()
        yield from cluster.secrets(platforms)
        yield from trial.none_on_a_cluster()
        return
    yield from database.connections(platforms)
    if runtime == "docker":
        from container_steps.docker import DockerStepOperator as Operator

        needed = list(engine.images())
    else:
        from container_steps.process import ProcessStepOperator as Operator  # type: ignore[assignment]

        needed = list(programs.programs())
    yield from needed
    if run_steps and all(finding.verdict == "right" for finding in needed):
        yield from trial.trials(platforms, Operator)
    elif run_steps:
        yield Finding("open", "zones, warehouse", "no step is run before what is wrong above is mended")


def main(arguments: list[str] | None = None) -> int:
    """Print the findings and return the exit code."""
    parser = argparse.ArgumentParser("python -m covers_airflow.check", description=__doc__, allow_abbrev=False)
    parser.add_argument("--no-steps", action="store_true", help="run no step: zones and the warehouse are not reached")
    run_steps = not parser.parse_args(arguments).no_steps
    # As Airflow's own servers have it: then connections are looked up in the database, too.
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
    bad = 0
    for finding in findings(run_steps=run_steps):
        print(f"{finding.verdict:<5}  {finding.what}: {finding.says}", flush=True)
        bad += finding.verdict == "wrong"
    print(f"\n{bad} wrong" if bad else "\nnothing is wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
