"""What the battery sees of a run on a real engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from container_steps.conform.command import main
from container_steps.conform.engine import Engine
from container_steps.conform.run import Asked, Restriction, Run

BASE = "debian:bookworm-slim"


def run(*arguments: str, memory: int = 64, timeout: float = 60, asked: Asked | None = None) -> Run:
    engine = Engine("", BASE, network="none", volumes=[], memory=memory << 20, timeout=timeout)
    return engine.run(asked or Asked(arguments, {}))


def test_streams_and_their_times_are_kept_apart() -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    ran = run(
        "sh", "-c", "echo out; echo one >&2; sleep 0.3; head -c 40000 /dev/zero | tr '\\0' x >&2; printf '\\nlast' >&2; exit 9"
    )
    assert (ran.code, ran.stdout) == (9, b"out\n")
    assert [len(line) for line in ran.lines] == [3, 40000, 4]
    one, long, last = (at for at in ran.logged_at if at is not None)
    assert before < one < long - timedelta(seconds=0.2) < last


def test_a_program_that_is_not_there_is_said_so() -> None:
    ran = run("/no/such/program")
    assert ran.code == 127
    assert "no such file or directory" in ran.words


def test_a_run_that_does_not_end_is_killed() -> None:
    ran = run("sleep", "60", timeout=1)
    assert ran.code is None
    assert 1 <= ran.seconds < 30
    assert ran.outcome == "did not end, and was killed"


def test_memory_that_ran_out_is_said_so() -> None:
    assert "more memory than 16777216 bytes" in run("tail", "/dev/zero", memory=16).words


def test_a_container_has_what_it_was_asked_for() -> None:
    show = "id -u; touch /x 2>&1; grep CapBnd /proc/self/status; mount | grep -o ' /tmp .*noexec'; echo $NAME"
    restricted = run(asked=Asked(["sh", "-c", show], {"NAME": "value"})).stdout.decode()
    assert restricted.startswith("65532\n") and restricted.endswith("value\n")
    assert "Read-only file system" in restricted and "CapBnd:\t0000000000000000" in restricted and "noexec" in restricted
    free = run(asked=Asked(["sh", "-c", show], {}, frozenset[Restriction]())).stdout.decode()
    assert free.startswith("0\n")
    assert not any(word in free for word in ("Read-only", "CapBnd:\t0000000000000000", "noexec"))


def test_what_is_handed_over_is_read() -> None:
    script = "echo '{}' >/airflow/xcom/new && mv /airflow/xcom/new /airflow/xcom/return.json"
    assert run(asked=Asked(["sh", "-c", script], {}, hand_over=True)).handed_over == b"{}\n"
    assert run(asked=Asked(["true"], {}, hand_over=True)).handed_over is None


def test_sigterm_reaches_a_run_that_is_at_work() -> None:
    script = "trap 'exit 143' TERM; echo ready >&2; sleep 60 & wait $!"
    ran = run(asked=Asked(["sh", "-c", script], {}, stop=True))
    assert ran.code == 143 and ran.stopped_after is not None and ran.stopped_after < 3


def test_a_run_that_ended_before_was_not_stopped() -> None:
    ran = run(asked=Asked(["true"], {}, stop=True))
    assert (ran.code, ran.stopped_after) == (0, None)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["no-such/image:at-all"], "the engine has no image no-such/image:at-all: build it"),
        (["--volume", "x", BASE], "--volume x: write SOURCE:/TARGET"),
        (["--network", "no-such-network", BASE, "true"], "the container engine failed"),
    ],
)
def test_what_cannot_be_tried_ends_with_2(options: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(options) == 2
    assert says in capsys.readouterr().err
