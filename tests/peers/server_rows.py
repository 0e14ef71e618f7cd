"""The row of mockapi: the simulated platforms' server beside nginx, which has the same bytes as files.

The server has one core to itself and wrk another; what counts is replies for each second that the server worked.
"""

import base64
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator

from measure import CORES, ONE, RunError, cpu_of, run, say
from table import figure, ratio, table
from world import served, simulator

HERE = pathlib.Path(__file__).parent
LIST = "/sync/v2/reservations"
SECONDS = 4  # of load, for each program, size and round
CONNECTIONS = 4
AIMS = {"pages of 1,000": 1.4, "pages of 100": 0.8, "single records": 0.6}

NOTE = """\
nginx sends files of the same bytes (sendfile, one worker); mockapi finds the records, checks the token and counts calls. The
server is alone on one core, wrk with four connections is on another. Replies are for each second of the server's CPU time, user
and system."""


def version() -> str:
    """Return the version of nginx, or that there is none."""
    if not nginx():
        return "nginx is not installed"
    said = subprocess.run([nginx(), "-v"], check=True, capture_output=True, text=True).stderr
    return "nginx " + said.strip().rpartition("/")[2]


def nginx() -> str:
    return shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin") or ""


class Client:
    """Asks mockapi as OpenTable's clients do."""

    def __init__(self, url: str) -> None:
        self.url, self.header = url, {"Authorization": "Basic " + base64.b64encode(b"not-a-secret:not-a-secret").decode()}
        token = json.loads(self.get("/api/v2/oauth/token?grant_type=client_credentials"))["access_token"]
        self.header = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=self.header)) as reply:
            body: bytes = reply.read()
        return body


def page(limit: int, offset: int) -> str:
    return f"{LIST}?rid=1001&limit={limit}&offset={offset}&updated_after=2026-01-01T00:00:00.000Z"


def bodies(client: Client, folder: pathlib.Path, records: int) -> dict[str, list[str]]:
    """Write what mockapi answers to files, by the name of a size, and return the paths that were asked for."""
    ids = [item["id"] for n in range(10) for item in json.loads(client.get(page(1000, n * 1000 % records)))["items"]]
    paths = {
        "pages of 1,000": [page(1000, n * 1000) for n in range(min(50, records // 1000))],
        "pages of 100": [page(100, n * 100) for n in range(min(500, records // 100))],
        "single records": [f"{LIST}/{id_}" for id_ in dict.fromkeys(ids[:5000])],
    }
    for number, asked in enumerate(paths.values()):
        (folder / str(number)).mkdir(parents=True)
        for n, path in enumerate(asked):
            (folder / str(number) / f"{n}.json").write_bytes(client.get(path))
    return paths


CONFIGURATION = """daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  types {{ application/json json; }}
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  open_file_cache max=20000; open_file_cache_valid 1h;
  client_body_temp_path {folder}/temp; proxy_temp_path {folder}/temp; fastcgi_temp_path {folder}/temp;
  uwsgi_temp_path {folder}/temp; scgi_temp_path {folder}/temp;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
}}
"""


@contextlib.contextmanager
def files_served(folder: pathlib.Path, port: int) -> Iterator[tuple[str, int]]:
    """Serve a folder's files with nginx on one core, and yield the URL and the worker's id."""
    configuration = folder / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder, port=port))
    command = ["taskset", "-c", str(ONE[0]), nginx(), "-c", str(configuration), "-e", f"{folder}/error.log"]
    with subprocess.Popen(command) as server:
        try:
            children = pathlib.Path(f"/proc/{server.pid}/task/{server.pid}/children")
            while not (worker := children.read_text().split()):
                if server.poll() is not None:
                    raise RunError(f"nginx ended with {server.returncode}: {(folder / 'error.log').read_text()[-500:]}")
                time.sleep(0.01)
            yield f"http://127.0.0.1:{port}", int(worker[0])
        finally:
            server.send_signal(signal.SIGQUIT)


def load(url: str, pid: int, paths: pathlib.Path, token: str) -> float:
    """Ask for the paths of a file in turn, and return replies for each second of the server's CPU time."""
    began = cpu_of(pid)
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", HERE / "paths.lua", url]
    said = run(command, {"PATHS": str(paths), "TOKEN": token}, [c for c in CORES if c not in ONE] or ONE)[1]
    worked = cpu_of(pid) - began
    requests = re.search(r"(\d+) requests in", said)
    if not requests or "Non-2xx" in said or "Socket errors" in said:
        raise RunError(f"wrk against {url}: {said}")
    return int(requests[1]) / worked


def measured(binaries: pathlib.Path, cache: pathlib.Path, records: int, times: int) -> dict[str, list[tuple[float, float]]]:
    """Return pairs of ours and nginx's rate, by the name of a size."""
    world = simulator(binaries, cache, "opentable", records)
    folder = cache / "nginx"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    folder.chmod(0o755)
    out: dict[str, list[tuple[float, float]]] = {}
    pinned = ("taskset", "-c", str(ONE[0]))
    with served(binaries, world / "simulator", world / "restaurants.yaml", pinned) as (url, pid):
        client = Client(url)
        paths = bodies(client, folder / "files", records)
        with files_served(folder, free_port()) as (static, worker):
            for n in range(times):
                for number, (name, asked) in enumerate(paths.items()):
                    api, disk = folder / f"{number}-api", folder / f"{number}-files"
                    api.write_text("\n".join(asked))
                    disk.write_text("\n".join(f"/{number}/{n}.json" for n in range(len(asked))))
                    token = client.header["Authorization"]
                    pair = load(url, pid, api, token), load(static, worker, disk, token)
                    say(f"round {n + 1}, {name}: mockapi {pair[0]:.0f}, nginx {pair[1]:.0f} replies a CPU second")
                    out.setdefault(name, []).append(pair)
    return out


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
    return port


def section(binaries: pathlib.Path, cache: pathlib.Path, records: int, times: int) -> str:
    title = "### mockapi beside nginx\n\n"
    for program, there in (("nginx", nginx()), ("wrk", shutil.which("wrk"))):
        if not there:
            return f"{title}not measured: {program} is not installed"
    head = ["replies a CPU second", "mockapi", "nginx", "mockapi ÷ nginx (aim)"]
    body = []
    for name, pairs in measured(binaries, cache, min(records, 100_000), times).items():
        ours, theirs = (sorted(side)[len(side) // 2] for side in zip(*pairs, strict=True))
        body.append([name, figure(ours), figure(theirs), ratio([a / b for a, b in pairs], AIMS[name])])
    return f"{title}{table(head, body)}\n\n{NOTE}"
