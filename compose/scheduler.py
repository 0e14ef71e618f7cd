"""Runs the scheduler, whose LocalExecutor runs the tasks, and has all of them stop their containers when it is stopped.

On SIGTERM the image's first process tells the scheduler and the tasks that run then. The executor's workers still begin what it
had queued (Airflow 3.3, LocalExecutor.end), and nobody tells those tasks, whose containers would outlive the stack.
"""

import re
import signal
import subprocess
import threading
import time

import psutil

TITLE = re.compile(r"airflow worker -- [0-9a-f-]{36}\b")
"""What a task's process calls itself: the task instance's id. The executor's workers have a name instead."""


def tell(scheduler: subprocess.Popen[bytes], told: set[int]) -> None:
    """Ask each task to end that was not asked yet."""
    for process in psutil.Process(scheduler.pid).children(recursive=True):
        try:
            if process.pid not in told and TITLE.match(" ".join(process.cmdline())):
                told.add(process.pid)
                process.terminate()
        except psutil.NoSuchProcess:
            pass


def main() -> int:
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())  # the scheduler has it, too: the image's dumb-init tells all
    scheduler = subprocess.Popen(["airflow", "scheduler"])
    told: set[int] = set()
    while scheduler.poll() is None:
        if stopping.is_set():
            tell(scheduler, told)
        time.sleep(0.2)
    return scheduler.returncode


if __name__ == "__main__":
    raise SystemExit(main())
