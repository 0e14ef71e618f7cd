"""The twins: images, and plain programs, that keep every rule of the contract but one."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import docker

HERE = Path(__file__).parent / "twin"


@dataclass(frozen=True)
class Twin:
    """What breaks one rule, and the one check that it fails: none for the twin that keeps every rule.

    :param stage: of the Dockerfile; where it is "twin", the variable TWIN tells the program what to do
    :param options: of the battery
    :param arguments: of an ordinary run
    """

    name: str
    check: str
    stage: str = "twin"
    options: Sequence[str] = ()
    arguments: Sequence[str] = field(default_factory=list)

    @property
    def image(self) -> str:
        """The name of the image."""
        return f"container-steps-twin/{self.name}:test"


IMAGES = [
    Twin("conforming", ""),
    Twin("no-entrypoint", "C1", "no-entrypoint", arguments=["/twin"]),
    Twin("shell-entrypoint", "C1", "shell-entrypoint"),
    Twin("stop-signal", "C2", "stop-signal"),
    Twin("root-user", "C3", "root-user"),
    Twin("volume", "C4", "volume"),
    Twin("secret-variable", "C5", "secret-variable"),
    Twin("secret-argument", "C5", "secret-argument"),
    Twin("needs-its-user", "C6", "of-another-user"),
    Twin("writes", "C7"),
    Twin("needs-root", "C8", "setuid"),
    Twin("executes-from-tmp", "C9"),
    Twin("chatty", "C10"),
    Twin("not-json", "C11"),
    Twin("schema", "C12"),
    Twin("large", "C13"),
    Twin("not-handed-over", "C14"),
    Twin("another-handed-over", "C14"),
    Twin("fails-with-0", "C15"),
    Twin("no-next", "C16"),
    Twin("text", "C17"),
    Twin("long-line", "C18"),
    Twin("another-clock", "C19"),
    Twin("fails", "C20"),
    Twin("usage-1", "C21"),
    Twin("deaf", "C22"),
    Twin("stopped-with-0", "C23"),
    Twin("once", "C24", options=["--volume", f"container-steps-twin-{uuid.uuid4().hex[:12]}:/state"]),
    Twin("random", "C25"),
    Twin("leak-environment", "C26"),
]

_SECRET = ("--secret", "TWIN_PASSWORD")

# The same program without an image, also for those ways of breaking a rule that need none.
PROGRAMS = [
    Twin("conforming", ""),
    Twin("chatty", "C10"),
    Twin("not-json", "C11"),
    Twin("nul", "C11"),
    Twin("large-integer", "C11"),
    Twin("schema", "C12"),
    Twin("large", "C13"),
    Twin("fails-with-0", "C15"),
    Twin("no-next", "C16"),
    Twin("text", "C17"),
    Twin("unknown-level", "C17"),
    Twin("no-message", "C17"),
    Twin("long-line", "C18"),
    Twin("no-time", "C19"),
    Twin("local-time", "C19"),
    Twin("another-clock", "C19"),
    Twin("fails", "C20"),
    Twin("usage-1", "C21"),
    Twin("usage-ignored", "C21"),
    Twin("deaf", "C22"),
    Twin("slow-to-stop", "C22"),
    Twin("stopped-with-0", "C23"),
    Twin("stopped-with-65", "C23"),
    Twin("random", "C25"),
    Twin("leak-environment", "C26"),
    Twin("leak-in-base64", "C26", options=_SECRET),
    Twin("leak-when-it-fails", "C26", options=_SECRET),
]


def build_program(folder: Path) -> Path:
    """Build the program into folder, and return its path."""
    environment = {**os.environ, "CGO_ENABLED": "0", "GOOS": "linux"}
    subprocess.run(["go", "build", "-trimpath", "-o", folder / "twin", "."], cwd=HERE, env=environment, check=True)
    return folder / "twin"


def build_images(folder: Path) -> None:
    """Build the images of all twins; folder is for the program."""
    build_program(folder)
    shutil.copy(HERE / "Dockerfile", folder)
    stages = sorted({twin.stage for twin in IMAGES})
    targets = {stage: {"context": ".", "target": stage, "tags": [_stage(stage)]} for stage in stages}
    bake = json.dumps({"group": {"default": {"targets": stages}}, "target": targets})
    done = subprocess.run(
        ["docker", "buildx", "bake", "--load", "--file", "-"], input=bake, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    engine = docker.from_env().api
    for twin in IMAGES:  # in the engine's own builder, which needs a tenth of a second for a variable, and not half of one
        recipe = f"FROM {_stage(twin.stage)}\nENV TWIN={twin.name}\n".encode()
        said = list(engine.build(fileobj=io.BytesIO(recipe), rm=True, tag=twin.image, decode=True))
        assert "error" not in said[-1], said


def _stage(name: str) -> str:
    return f"container-steps-twin/stage-{name}:test"
