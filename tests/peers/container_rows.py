"""The row of a step's container, start to exit: ours beside Python's slim image with the libraries that such a step imports."""

import pathlib
import shutil
import statistics
import subprocess

from measure import RunError, run, say
from table import table

ROOT = pathlib.Path(__file__).parents[2]
OURS, THEIRS = "covers-peers/validate", "covers-peers/python"
COMMANDS = {
    OURS: ["--version"],
    THEIRS: ["-c", "import boto3, pyarrow, pydantic; print(pydantic.VERSION)"],
}
RUNS = 7  # of each image, in a round
AIM = 0.3  # our time by Python's

NOTE = """\
`docker run --rm` by the clock: ours says its version, Python imports boto3, pyarrow and pydantic and says theirs. Most of ours is
the engine's own time for any container."""


def missing() -> str:
    """Return why nothing can be measured, empty where it can."""
    if not shutil.which("docker"):
        return "docker is not installed"
    if subprocess.run(["docker", "info"], check=False, capture_output=True).returncode:
        return "docker has no engine"
    return ""


def build() -> None:
    say("build both images")
    step = ["--build-arg", "STEP=validate", "--build-arg", "PROGRAMS=validate", "--file", ROOT / "images/Dockerfile", ROOT]
    run(["docker", "build", "--quiet", "--tag", OURS, *step])
    run(["docker", "build", "--quiet", "--tag", THEIRS, "--file", ROOT / "tests/peers/Dockerfile", ROOT / "tests"])


def section(times: int) -> str:
    title = "### A step's container, start to exit\n\n"
    if why := missing():
        return f"{title}not measured: {why}"
    try:
        build()
    except RunError as error:
        say(str(error))
        return f"{title}not measured: an image could not be built"
    took: dict[str, list[float]] = {image: [] for image in COMMANDS}
    for _ in range(times * RUNS):
        for image, arguments in COMMANDS.items():
            took[image].append(run(["docker", "run", "--rm", image, *arguments])[0].wall)
    by = statistics.median(a / b for a, b in zip(took[OURS], took[THEIRS], strict=True))
    body = [[image, f"{statistics.median(t):.2f}", f"{min(t):.2f} to {max(t):.2f}"] for image, t in took.items()]
    verdict = f"Ours ÷ Python's: {by:.2f} (aim {AIM:g} or less: {'reached' if by <= AIM else 'missed'})."
    return f"{title}{table(['image', 's, median', 'span'], body)}\n\n{verdict}\n\n{NOTE}"
