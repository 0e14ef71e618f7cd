"""The stack as a newcomer brings it up, against what compose/README.md says."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import marts
import stack as on
from airflow_api import Api


def test_the_file_is_careful() -> None:
    """What compose makes of it, before anything is started."""
    services = json.loads(on.docker("compose", "--file", on.FILES[0], "config", "--format", "json"))["services"]
    for name, s in services.items():
        if s["image"].startswith("covers/"):
            assert s.get("pull_policy") == "never", f"the image of {name} may come from a public registry"
        assert s.get("mem_limit") and s.get("pids_limit"), f"{name} may take all of the machine's memory, or all its processes"
        assert all("size=" in mount for mount in s.get("tmpfs", ())), f"{name} may fill the memory with files"
        assert s.get("cap_drop") == ["ALL"] and s.get("security_opt") == ["no-new-privileges:true"], f"{name} keeps privileges"
    having = {name for name, s in services.items() if any(v["source"] == "connections" for v in s.get("volumes", ()))}
    assert having == {"secrets", "airflow-init"}, "all of Airflow's connections are open to them"


def test_three_days_are_green(api: Api, days: list[str]) -> None:
    for dag in ("covers_simulate", "covers"):
        green = {r["partition_key"] for r in api.runs(dag) if r["state"] == "success"}
        assert green >= set(days)
    assert api.call("GET", "importErrors")["import_errors"] == []


def test_the_marts_are_those_of_demo(days: list[str], three_days: dict[str, Any], tmp_path: Path) -> None:
    marts.must_equal(three_days, marts.of_demo(days, tmp_path))


def test_every_service_is_well(days: list[str]) -> None:
    for service, c in on.containers().items():
        state = c["State"]
        if service in on.ONE_SHOT:
            assert (state["Status"], state["ExitCode"]) == ("exited", 0), service
            continue
        until = time.monotonic() + 180
        while (state := on.containers()[service]["State"])["Health"]["Status"] != "healthy":
            assert time.monotonic() < until, f"{service} is {state['Health']['Status']}"
            time.sleep(2)


def test_the_warehouse_tells_its_days(days: list[str]) -> None:
    """Asked through the image of `load`, on the steps' network, as Airflow does."""
    said = on.docker(
        "run",
        "--rm",
        "--network",
        f"{on.PROJECT}_steps",
        "--volume",
        f"{on.PROJECT}_warehouse-secrets:/secrets/warehouse:ro",
        "--tmpfs",
        "/tmp",
        "--env",
        "COVERS_WAREHOUSE=snowflake://COVERS_LOAD@standin/COVERS/MAIN?warehouse=W&storage_integration=S&protocol=http&host=snowflake&port=8084",
        "--env",
        "COVERS_SNOWFLAKE_PRIVATE_KEY_FILE=/secrets/warehouse/key.p8",
        f"covers/load:{on.SETTINGS['COVERS_TAG']}",
        "status",
    )
    for day in days:
        assert day in said


def test_ports_are_open_on_loopback_alone(days: list[str]) -> None:
    published = {
        f"{service} {port}": binding["HostIp"]
        for service, c in on.containers().items()
        for port, bindings in (c["NetworkSettings"]["Ports"] or {}).items()
        for binding in bindings or ()
    }
    assert set(published.values()) == {"127.0.0.1"} and len(published) == 2, published


def test_only_the_proxy_has_the_socket(days: list[str]) -> None:
    for service, c in on.containers().items():
        has = any(m["Source"].endswith("docker.sock") for m in c["Mounts"])
        assert has == (service == "docker-proxy"), service
        near = f"{on.PROJECT}_engine" in c["NetworkSettings"]["Networks"]
        assert near == (service in ("docker-proxy", "scheduler")), f"{service} and the network of the engine"


def test_networks_lead_nowhere(days: list[str]) -> None:
    for name in ("airflow", "steps", "engine"):
        assert json.loads(on.docker("network", "inspect", f"{on.PROJECT}_{name}"))[0]["Internal"], f"the network {name} leads out"
    reach = """import socket
try:
    socket.create_connection(("docker-proxy", 2375), 3)
    print("reached")
except OSError:
    print("not reached")"""
    assert on.run_in("snowflake", "python3", "-c", reach).strip() == "not reached"
    assert on.run_in("scheduler", "python", "-c", reach).strip() == "reached"
