#!/usr/bin/env python3
"""Runs the mock API's real unit and boot script under a real systemd: check_systemd.py BIN VERSITYGW.

BIN is a folder with mockapi and generate, built without cgo; VERSITYGW an S3 server. Needs docker, an image
debian:bookworm-slim, and terraform, which fills in the boot script as an apply does. The container has no network: S3 and a
stub of the Parameter Store run inside it (tests/systemd/inside.py, where the checks are).
"""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILES = ROOT / "terraform/modules/mock_api/files"
IMAGE = "covers-systemd-test"
PORT, S3, SSM = 8080, "http://127.0.0.1:7070", "http://127.0.0.1:7071"


def run(*args: str | pathlib.Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(args, check=True, text=True, **options)


def boot_script(folder: pathlib.Path, sha256: str, key: str) -> bytes:
    """Return the boot script as Terraform makes it."""
    variables = {
        "artifact": {"bucket": "artifacts", "key": key, "sha256": sha256},
        "region": "us-east-1",
        "environment": {
            "COVERS_DATA": f"s3://lake/simulator?region=us-east-1&use_path_style=true&endpoint={S3}",
            "COVERS_LISTEN": f"0.0.0.0:{PORT}",
            "COVERS_LOG_LEVEL": "debug",
            # An instance has a role in their place.
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": 'a "quoted" \\ key',
            "AWS_EC2_METADATA_DISABLED": "true",
        },
        "secrets": {
            name: f"/covers/mock-api/{name}"
            for name in (
                "COVERS_OPENTABLE_CLIENT_ID",
                "COVERS_OPENTABLE_CLIENT_SECRET",
                "COVERS_THEFORK_CLIENT_ID",
                "COVERS_THEFORK_CLIENT_SECRET",
            )
        },
        "files": {path.name: path.read_text() for path in FILES.iterdir() if path.suffix != ".tftpl"}
        | {"restaurants.yaml": (ROOT / "restaurants.yaml").read_text()},
    }
    (folder / "variables.json").write_text(json.dumps(variables))
    expression = f'base64encode(templatefile("{FILES}/install.sh.tftpl", jsondecode(file("variables.json"))))'
    settings = os.environ | {"CHECKPOINT_DISABLE": "1"}
    settings.pop("TF_CLI_CONFIG_FILE", None)
    said = run("terraform", "console", cwd=folder, input=expression, env=settings, stdout=subprocess.PIPE).stdout
    return base64.b64decode(json.loads(said))


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # the container goes too
    programs, versitygw = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="covers-systemd-") as name:
        work = pathlib.Path(name)
        for source in (
            programs / "mockapi",
            programs / "generate",
            versitygw,
            ROOT / "restaurants.yaml",
            ROOT / "tests/systemd/inside.py",
        ):
            shutil.copy(source, work)
        sha256 = hashlib.sha256((work / "mockapi").read_bytes()).hexdigest()
        for script, checksum, key in (
            ("install", sha256, "v1/mockapi"),
            ("wrong", "0" * 64, "v1/mockapi"),
            ("missing", sha256, "v2/mockapi"),
        ):
            text = boot_script(work, checksum, key)
            if len(text) > 16384:
                raise SystemExit(f"the boot script has {len(text)} bytes, and user data may have 16384")
            (work / f"{script}.sh").write_bytes(text)
        run("docker", "build", "--quiet", "--tag", IMAGE, str(ROOT / "tests/systemd"), stdout=subprocess.DEVNULL)
        # systemd wants its tree of control groups: one of its own under version 1, the only one under version 2. Without
        # SYS_PTRACE a DynamicUser fails.
        groups = pathlib.Path("/sys/fs/cgroup/systemd")
        groups = groups if groups.exists() else groups.parent
        container = run(
            "docker",
            "run",
            "--detach",
            "--network",
            "none",
            "--cap-add",
            "SYS_ADMIN",
            "--cap-add",
            "SYS_PTRACE",
            "--security-opt",
            "seccomp=unconfined",
            "--security-opt",
            "apparmor=unconfined",
            "--cgroupns",
            "host",
            "--volume",
            f"{groups}:{groups}:rw",
            "--tmpfs",
            "/run",
            "--tmpfs",
            "/run/lock",
            "--tmpfs",
            "/tmp",
            "--volume",
            f"{work}:/covers",
            IMAGE,
            stdout=subprocess.PIPE,
        ).stdout.strip()
        try:
            code = subprocess.run(
                ["docker", "exec", container, "python3", "/covers/inside.py", S3, SSM, str(PORT)], check=False
            ).returncode
        finally:
            run("docker", "rm", "--force", "--volumes", container, stdout=subprocess.DEVNULL)
        raise SystemExit(code)


if __name__ == "__main__":
    main()
