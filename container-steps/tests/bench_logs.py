"""What a step's log line costs in a task, against the same record written with Airflow's own logger.

    bench_logs.py [LINES]

Both go the whole way that a line of a task goes: through Airflow's processors, as JSON through a socket to the supervisor's own
reader, which masks secrets and writes the log file. What is measured is the processors' time of both processes, which other work
on the machine disturbs least. The two take turns, several times; the medians are compared.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

import psutil
import structlog
from airflow.sdk.execution_time import supervisor
from airflow.sdk.log import configure_logging, logging_processors

from container_steps.logs import LogLines
from own_home import HOME

ROUNDS = 7


def lines(count: int) -> list[bytes]:
    """Return lines as extract writes them, with 8 fields on average."""
    return [
        json.dumps(
            {
                "level": "info",
                "step": "extract",
                "version": "v1.2.3",
                "source": "depot/101",
                "page": i,
                "records": 1000,
                "next": i * 1000,
                "seconds": 0.25,
                "time": "2026-03-28T01:02:03.004Z",
                "message": "page received",
            }
        ).encode()
        + b"\n"
        for i in range(count)
    ]


def supervise(sock: socket.socket, path: str) -> None:
    """Do what the supervisor does with a task's lines."""
    with open(path, "ab") as file:
        log = structlog.wrap_logger(
            structlog.BytesLogger(file), processors=logging_processors(json_output=True), logger_name="task"
        ).bind()
        reader = supervisor.process_log_messages_from_subprocess((log,))
        handle, _closed = supervisor.make_buffered_socket_reader(reader, on_close=lambda *_: None)
        while handle(sock):
            pass


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    ours, theirs = socket.socketpair()
    folder = tempfile.mkdtemp()
    path = f"{folder}/log"
    child = os.fork()
    if child == 0:
        ours.close()
        supervise(theirs, path)
        os._exit(0)
    theirs.close()
    configure_logging(json_output=True, output=ours.makefile("wb", buffering=0), sending_to_supervisor=True)
    text = lines(count)
    records = [json.loads(line) for line in text]
    chunks = [b"".join(text)[i : i + 32768] for i in range(0, sum(map(len, text)), 32768)]
    own = structlog.get_logger("parcels.extract")

    def airflow() -> None:
        for record in records:
            own.info(
                record["message"],
                timestamp=record["time"],
                **{k: v for k, v in record.items() if k not in ("level", "time", "message")},
            )

    def forwarded() -> None:
        forward = LogLines("parcels.extract")
        for chunk in chunks:
            forward.feed(chunk)

    processes = [psutil.Process(), psutil.Process(child)]

    def used() -> float:
        return sum(p.cpu_times().user + p.cpu_times().system for p in processes)

    def written() -> int:
        with open(path, "rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))

    done = 0

    def timed(work: Callable[[], object]) -> float:
        nonlocal done
        began = used()
        work()
        done += count
        while written() < done:
            time.sleep(0.2)
        return used() - began

    open(path, "wb").close()
    took: dict[Callable[[], None], list[float]] = {airflow: [], forwarded: []}
    for _ in range(ROUNDS):
        for work in took:
            took[work].append(timed(work))
    base, own_lines = (statistics.median(took[work]) for work in (airflow, forwarded))
    print(f"{count} lines, medians of {ROUNDS}, time of both processes' work")
    print(f"  Airflow's own logger   {count / base:8.0f} lines/s  {base / count * 1e6:6.1f} us a line")
    more = 100 * (own_lines / base - 1)
    print(f"  a step's lines         {count / own_lines:8.0f} lines/s  {own_lines / count * 1e6:6.1f} us a line  {more:+.1f}%")


if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(HOME)
