#!/usr/bin/env python3
"""Brings the stack up as a newcomer does, and holds it against what compose/README.md says: check_stack.py [--keep] [--built].

Under a project's name and ports of its own, so that a stack that runs stays as it is. Prints how long each part took. --keep
leaves it running; --built takes the images that are there, of the tag COVERS_TAG.
Docker with compose and the Python standard library are enough."""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROJECT = "covers-stack-check"
SETTINGS = os.environ | {
    "COVERS_AIRFLOW_PORT": "0", "COVERS_SNOWFLAKE_PORT": "0", "COVERS_TAG": os.environ.get("COVERS_TAG", "stack-check"), "COVERS_RECORDS": "200", "COVERS_PARALLEL_TASKS": "6",
}  # fmt: skip
PATIENCE = 1500  # seconds until the days are there, on a machine that is busy
ONE_SHOT = {"secrets", "bucket", "generate", "extract", "validate", "transform", "load", "report", "care", "airflow-init", "first-days"}


def docker(*args, check=True):
    done = subprocess.run(["docker", *args], capture_output=True, text=True, env=SETTINGS, cwd=ROOT)
    if check and done.returncode:
        raise SystemExit(f"docker {' '.join(args)}: {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done


def compose(*args, check=True):
    return docker("compose", "--file", "docker-compose.airflow.yml", "--project-name", PROJECT, *args, check=check)


def containers():
    """What docker knows of the stack's containers, by service."""
    ids = docker("ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={PROJECT}").stdout.split()
    found = json.loads(docker("inspect", *ids).stdout) if ids else []
    return {c["Config"]["Labels"]["com.docker.compose.service"]: c for c in found}


@contextlib.contextmanager
def part(name):
    began = time.monotonic()
    yield
    print(f"{name:<52} {time.monotonic() - began:6.1f} s", flush=True)


def must(true, says):
    if not true:
        raise SystemExit(f"check_stack: {says}")


def the_file_is_careful():
    """What compose makes of it, before anything is started."""
    services = json.loads(compose("config", "--format", "json").stdout)["services"]
    for name, s in services.items():
        if s["image"].startswith("covers/"):
            must(s.get("pull_policy") == "never", f"the image of {name} may come from a public registry")
        must(s.get("mem_limit") and s.get("pids_limit"), f"{name} may take all of the machine's memory, or all its processes")
        must(all("size=" in mount for mount in s.get("tmpfs", ())), f"{name} may fill the memory with files")
        must(s.get("cap_drop") == ["ALL"] and s.get("security_opt") == ["no-new-privileges:true"], f"{name} keeps privileges")
    having = {name for name, s in services.items() if any(v["source"] == "connections" for v in s.get("volumes", ()))}
    must(having == {"secrets", "airflow-init"}, f"all of Airflow's connections are open to {having}")


def days_are_green(since=""):
    """Waits for first-days, and gives the days that it found green. Its log is read from since on: a container keeps it."""
    until = time.monotonic() + PATIENCE
    while (c := containers()["first-days"])["State"]["Status"] != "exited":
        must(time.monotonic() < until, "the first days take too long\n" + compose("logs", "first-days").stdout)
        time.sleep(2)
    log = compose("logs", "--no-log-prefix", *(["--since", since] if since else []), "first-days").stdout
    must(c["State"]["ExitCode"] == 0, "the first days are not green\n" + log)
    for dag in ("covers_simulate", "covers"):
        green = re.findall(rf"(?m)^{dag}: (\S+) (?=.*\bsuccess\b)", log)
        must(len(set(green)) == 3, f"{dag} has {green}, not three days\n{log}")
    return sorted(set(re.findall(r"(?m)^covers: (\S+) .*success", log)))


def backfilled():
    """The runs that were asked for as first-days does, counted by DAG and day."""
    count = "SELECT dag_id, partition_key, count(*) FROM dag_run WHERE run_type = 'backfill' GROUP BY 1, 2"
    return set(compose("exec", "--no-TTY", "postgres", "psql", "--username=airflow", "--tuples-only", "--no-align", "--command", count).stdout.split())


def nothing_is_done_twice(days):
    ended, before = containers()["first-days"]["State"]["FinishedAt"], backfilled()
    must(any(row.startswith("covers|") for row in before), f"no days were asked for: {before}")
    compose("up", "--detach")
    days_are_green(ended)
    after = backfilled()
    # Whoever waits beyond midnight gets the day that then is over.
    more = {row for row in after - before if row.split("|")[1] in days}
    must(before <= after and not more, f"what was there is asked for again: {sorted(before ^ after)}")


def every_service_is_well():
    for service, c in containers().items():
        state = c["State"]
        if service in ONE_SHOT:
            must((state["Status"], state["ExitCode"]) == ("exited", 0), f"{service} is {state['Status']} with {state['ExitCode']}")
            continue
        until = time.monotonic() + 180
        while (state := containers()[service]["State"])["Health"]["Status"] != "healthy":
            must(time.monotonic() < until, f"{service} is {state['Health']['Status']}")
            time.sleep(2)


def warehouse_has(days):
    """Asks through the image of `load`, on the steps' network, as Airflow does."""
    said = docker(
        "run", "--rm", "--network", f"{PROJECT}_steps", "--volume", f"{PROJECT}_warehouse-secrets:/secrets/warehouse:ro", "--tmpfs", "/tmp",
        "--env", "COVERS_WAREHOUSE=snowflake://COVERS_LOAD@standin/COVERS/MAIN?warehouse=W&storage_integration=S&protocol=http&host=snowflake&port=8084",
        "--env", "COVERS_SNOWFLAKE_PRIVATE_KEY_FILE=/secrets/warehouse/key.p8", f"covers/load:{SETTINGS['COVERS_TAG']}", "status").stdout
    for day in days:
        must(day in said, f"the warehouse has nothing of {day}: {said[:2000]}")


def ports_are_loopback():
    published = {
        f"{service} {port}": binding["HostIp"]
        for service, c in containers().items() for port, bindings in (c["NetworkSettings"]["Ports"] or {}).items() for binding in bindings or ()
    }  # fmt: skip
    must(set(published.values()) == {"127.0.0.1"} and len(published) == 2, f"open ports: {published}")


def only_the_proxy_has_the_socket():
    for service, c in containers().items():
        has = any(m["Source"].endswith("docker.sock") for m in c["Mounts"])
        must(has == (service == "docker-proxy"), f"{service} has the engine's socket" if has else "the proxy has no socket")
    for service, c in containers().items():
        on = f"{PROJECT}_engine" in c["NetworkSettings"]["Networks"]
        must(on == (service in ("docker-proxy", "scheduler")), f"{service} and the network of the engine: {on}")


def networks_lead_nowhere():
    for name in ("airflow", "steps", "engine"):
        must(json.loads(docker("network", "inspect", f"{PROJECT}_{name}").stdout)[0]["Internal"], f"the network {name} leads out")
    reach = "import socket; socket.create_connection(('docker-proxy', 2375), 3)"
    must(compose("exec", "--no-TTY", "snowflake", "python3", "-c", reach, check=False).returncode != 0, "the steps' network reaches the engine's proxy")
    must(compose("exec", "--no-TTY", "scheduler", "python", "-c", reach, check=False).returncode == 0, "the scheduler does not reach the proxy")


def secrets_stay_where_they_are():
    """Every secret, as its volume has it, against what docker tells of a container, what was logged, and the repository's files."""
    ask = "import json, pathlib; print(json.dumps({str(p): p.read_text() for p in pathlib.Path('/secrets').rglob('*') if p.is_file()}))"
    mounts = [a for m in containers()["secrets"]["Mounts"] if m["Type"] == "volume" and m["Destination"].startswith("/secrets/")
              for a in ("--volume", f"{m['Name']}:{m['Destination']}:ro")]
    files = json.loads(docker("run", "--rm", "--user", "0:0", "--network", "none", "--entrypoint", "python", *mounts,
                              "apache/airflow:3.3.2-python3.11", "-c", ask).stdout)
    must(len(files) == 15, f"there are {len(files)} files of secrets: {sorted(files)}")
    values = set()
    for text in files.values():
        values.update(v for v in re.split(r"[\s\"',:@/\\{}]+", text) if len(v) >= 12 and re.search(r"\d", v))
    values -= {"postgresql+psycopg2"}
    known = json.dumps(list(containers().values())) + compose("logs").stdout
    logs = docker("run", "--rm", "--network", "none", "--volume", f"{PROJECT}_logs:/logs:ro", "--entrypoint", "python", "apache/airflow:3.3.2-python3.11",
                  "-c", "import pathlib; print(*[p.read_text(errors='replace') for p in pathlib.Path('/logs').rglob('*.log')])").stdout
    must('"event"' in logs, "the tasks have no logs")
    for value in values:
        must(value not in known, f"a secret of {[n for n, t in files.items() if value in t]} is in a container's settings or log")
        must(value not in logs, f"a secret of {[n for n, t in files.items() if value in t]} is in a task's log")


def a_dead_scheduler_comes_back():
    before = containers()["scheduler"]["State"]["StartedAt"]
    # From inside, as a crash ends it: what docker itself kills, it does not start again.
    compose("exec", "--no-TTY", "scheduler", "bash", "-c", "kill -TERM 1", check=False)
    until = time.monotonic() + 180
    while True:
        c = containers()["scheduler"]["State"]
        if c["StartedAt"] != before and c["Health"]["Status"] == "healthy":
            return
        must(time.monotonic() < until, f"the scheduler is {c['Status']}")
        time.sleep(1)


def nothing_is_left():
    for kind, args in {"container": ("ps", "--all"), "volume": ("volume", "ls"), "network": ("network", "ls")}.items():
        for mark in (f"label=com.docker.compose.project={PROJECT}", f"name={PROJECT}", *([f"label=covers.deployment={PROJECT}"] if kind == "container" else [])):
            left = docker(*args, "--quiet", "--filter", mark).stdout.split()
            must(not left, f"down -v left a {kind}: {left}")


def main():
    with part("the file is careful"):
        the_file_is_careful()
    compose("down", "--volumes", "--remove-orphans")
    try:
        if "--built" not in sys.argv:
            with part("build"):
                compose("build")
        with part("up"):
            compose("up", "--detach")
        with part("three days of covers_simulate and of covers, green"):
            days = days_are_green()
        for check in (every_service_is_well, lambda: warehouse_has(days), ports_are_loopback, only_the_proxy_has_the_socket, networks_lead_nowhere,
                      secrets_stay_where_they_are, a_dead_scheduler_comes_back):
            with part(check.__name__.replace("_", " ") if check.__name__ != "<lambda>" else "warehouse has them"):
                check()
        with part("up again: nothing to do"):
            nothing_is_done_twice(days)
        with part("down -v, and nothing is left"):
            compose("down", "--volumes")
            nothing_is_left()
    finally:
        if "--keep" not in sys.argv:
            compose("down", "--volumes", "--remove-orphans", check=False)


if __name__ == "__main__":
    main()
