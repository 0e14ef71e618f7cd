"""What an image must do without."""

from __future__ import annotations

from collections.abc import Callable

from container_steps.conform.check import PASSED, Finding, failed, must, not_applicable
from container_steps.conform.evidence import Evidence
from container_steps.conform.run import Restriction, Run


def _under(restriction: Restriction) -> Callable[[Evidence], Finding]:
    def judge(e: Evidence) -> Finding:
        if e.image is None:
            return not_applicable("nothing restricts a plain program")
        if broken := e.unbearable.get(restriction):
            return failed(f"without this restriction it succeeds, with it it {broken.outcome}{last_words(broken)}")
        return PASSED if e.first.code == 0 else not_applicable("no run succeeded")

    return judge


def last_words(run: Run) -> str:
    """Return the last line that a run logged, where there is one."""
    said = next((line for line in reversed(run.lines) if line.strip()), b"")
    return f": {said[:200].decode(errors='backslashreplace')}" if said else ""


user = must(
    6,
    "It runs as any user that is not root, such as 65532:65532, whom /etc/passwd need not know",
    "let everybody read and execute the program and its files (chmod -R a+rX), and look up neither the user's name nor its home",
)(_under(Restriction.USER))

read_only = must(
    7,
    "It writes nowhere but in /tmp: the root file system is read-only",
    "write to /tmp, and set HOME=/tmp in the image where a library writes to the home",
)(_under(Restriction.READ_ONLY))

unprivileged = must(
    8,
    "It needs no capability, and gains none",
    "listen on ports from 1024 on, change no owner, run nothing that is setuid (ping, sudo, su)",
)(_under(Restriction.UNPRIVILEGED))

no_execution = must(
    9,
    "It executes nothing from /tmp, which is noexec",
    "unpack programs and libraries when the image is built; a library that unpacks itself can often be told another folder",
)(_under(Restriction.NO_EXECUTION))
