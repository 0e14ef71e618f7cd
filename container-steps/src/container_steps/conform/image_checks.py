"""What an image says of itself."""

from __future__ import annotations

import re
from collections.abc import Callable

from container_steps.conform.check import PASSED, Finding, failed, must, not_applicable, should
from container_steps.conform.evidence import Evidence
from container_steps.conform.run import Image

_SECRET = re.compile(r"\b(\w*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY)\w*)=(?!$|\s)", re.IGNORECASE)
_NO_SECRET = ("_FILE", "_PATH", "_URL", "_ID")  # the name of a variable that says where a secret is

_SHELLS = ("/sh", "/bash", "/dash", "/ash")


def _of_image(judge: Callable[[Image], Finding]) -> Callable[[Evidence], Finding]:
    return lambda e: judge(e.image) if e.image else not_applicable("a plain program has no image")


@should(
    1,
    "The program is the image's ENTRYPOINT, in exec form",
    'write ENTRYPOINT ["/program"]: a task\'s arguments take the place of CMD, and a shell before it keeps SIGTERM for itself',
)
@_of_image
def entrypoint(image: Image) -> Finding:
    """Judge how the program is started."""
    if not image.entrypoint:
        return failed("there is no ENTRYPOINT")
    if len(image.entrypoint) > 1 and f"/{image.entrypoint[0]}".endswith(_SHELLS) and image.entrypoint[1] == "-c":
        return failed(f"ENTRYPOINT is a shell: {' '.join(image.entrypoint)}")
    return PASSED


@must(2, "The image's stop signal is SIGTERM", "leave STOPSIGNAL out: a runtime stops a process with SIGTERM")
@_of_image
def stop_signal(image: Image) -> Finding:
    """Judge the signal with which an engine stops the container."""
    if image.stop_signal in ("", "SIGTERM", "TERM", "15"):
        return PASSED
    return failed(f"STOPSIGNAL is {image.stop_signal}")


@should(
    3,
    "The image's own user is a number, and not root's",
    "write USER 65532:65532: a cluster that demands non-root users cannot know a name's number",
)
@_of_image
def own_user(image: Image) -> Finding:
    """Judge the user that the image runs as where nobody says another."""
    if re.fullmatch(r"0*[1-9][0-9]*(:[0-9]+)?", image.user):
        return PASSED
    return failed(f"USER is {image.user}" if image.user else "there is no USER, which is root")


@should(
    4,
    "The image declares no volume",
    "leave VOLUME out: the engine makes a writable folder of it, beside the read-only root, and may leave it behind",
)
@_of_image
def no_volume(image: Image) -> Finding:
    """Judge the image's volumes."""
    return failed(f"VOLUME {' '.join(image.volumes)}") if image.volumes else PASSED


@must(
    5,
    "The image holds no secret",
    "take it out of ENV and ARG, and make it anew where it was real: whoever has the image has it. A task's connection gives it",
)
@_of_image
def no_secret_inside(image: Image) -> Finding:
    """Judge the names of the variables that the image has, and of those that it was built with."""
    names = {found for text in (*image.variables, *image.layers) for found in _SECRET.findall(text)}
    held = sorted(name for name in names if not name.upper().endswith(_NO_SECRET))
    return failed(f"a value is set for {', '.join(held)}") if held else PASSED
