"""The steps' images keep what they promise. `make e2e-images` builds them and runs this with Python's own library alone."""

import hashlib
import json
import os
import pathlib
import re
import ssl
import subprocess
import tempfile
import time
import unittest
from collections.abc import Iterable

from images import HARDENED, ROOT, STEPS, TAG, Saved, docker, image, inspect

SBOM = pathlib.Path(os.environ["COVERS_SBOM"])
# Megabytes of a gzip of the layers, as a registry keeps them. The last three carry Snowflake's driver.
LIMITS = dict.fromkeys(STEPS, 15) | dict.fromkeys(("load", "report", "care"), 25)


class Contents(unittest.TestCase):
    saved: dict[str, Saved]

    @classmethod
    def setUpClass(cls) -> None:
        cls.saved = {step: Saved(image(step)) for step in STEPS}

    def test_size(self) -> None:
        for step, saved in self.saved.items():
            with self.subTest(step):
                print(f"\n  {step}: {saved.compressed / 1e6:.1f} MB compressed", end="", flush=True)
                self.assertLess(saved.compressed, LIMITS[step] * 1e6)

    def test_nothing_but_the_program_certificates_and_zones(self) -> None:
        wanted = {
            "etc",
            "etc/group",
            "etc/passwd",
            "etc/ssl",
            "etc/ssl/certs",
            "etc/ssl/certs/ca-certificates.crt",
            "step",
            "tmp",
        }
        for step, saved in self.saved.items():
            with self.subTest(step):
                self.assertEqual(set(saved.files), wanted)  # no shell among them

    def test_certificates_can_be_used(self) -> None:
        saved = self.saved["extract"]
        context = ssl.create_default_context(cadata=saved.read("etc/ssl/certs/ca-certificates.crt").decode())
        self.assertGreater(len(context.get_ca_certs()), 100)

    def test_nobody_may_change_the_program(self) -> None:
        for step, saved in self.saved.items():
            with self.subTest(step):
                self.assertEqual({(f.uid, f.gid) for f in saved.files.values()}, {(0, 0)})
                self.assertEqual([f.name for f in saved.files.values() if f.mode & 0o022], ["tmp"])

    def test_bill_of_materials(self) -> None:
        for step, saved in self.saved.items():
            with self.subTest(step):
                bill = json.loads((SBOM / f"{step}.cdx.json").read_text())
                self.assertEqual(bill["bomFormat"], "CycloneDX")
                said = {p["name"]: p["value"] for p in bill["metadata"]["properties"]}
                self.assertEqual(said["cdx:gomod:binary:hash:SHA-256"], hashlib.sha256(saved.read("step")).hexdigest())
                modules = {c["name"] for c in bill["components"]}
                self.assertLessEqual({"std", "github.com/urfave/cli/v2", "github.com/rs/zerolog"}, modules)
                driver = "github.com/snowflakedb/gosnowflake/v2"
                self.assertEqual(driver in modules, LIMITS[step] == 25)
                self.assertFalse([m for m in modules if "duckdb" in m])


class Settings(unittest.TestCase):
    def test_user_is_a_number_and_not_root(self) -> None:
        for step in STEPS:
            with self.subTest(step):
                self.assertEqual(inspect(image(step))["Config"]["User"], "65532:65532")

    def test_labels(self) -> None:
        revision = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.strip()
        for step in STEPS:
            with self.subTest(step):
                labels = inspect(image(step))["Config"]["Labels"]
                self.assertEqual(labels["org.opencontainers.image.title"], f"covers {step}")
                self.assertEqual(labels["org.opencontainers.image.version"], TAG)
                self.assertEqual(labels["org.opencontainers.image.revision"], revision)
                self.assertIn(step, labels["org.opencontainers.image.description"])

    def test_starts_the_step_and_nothing_around_it(self) -> None:
        for step in STEPS:
            with self.subTest(step):
                config = inspect(image(step))["Config"]
                self.assertEqual((config["Entrypoint"], config["Cmd"]), (["/step"], None))

    def test_layer_is_the_same_when_put_together_again(self) -> None:
        again = "covers-check/generate:again"
        docker(
            "buildx",
            "build",
            "--no-cache-filter",
            "files",
            "--load",
            "--file",
            "images/Dockerfile",
            "--build-arg",
            "STEP=generate",
            "--build-arg",
            f"VERSION={TAG}",
            "--tag",
            again,
            ".",
            cwd=ROOT,
        )
        try:
            self.assertEqual(inspect(again)["RootFS"]["Layers"], inspect(image("generate"))["RootFS"]["Layers"])
        finally:
            docker("image", "rm", again)

    def test_program_is_the_same_when_compiled_elsewhere(self) -> None:
        """By this machine's Go, in another folder, with another cache; in the version that the image's bill names."""
        bill = json.loads((SBOM / "generate.cdx.json").read_text())
        version = next(c["version"] for c in bill["components"] if c["name"] == "std")
        architecture = inspect(image("generate"))["Architecture"]
        with tempfile.TemporaryDirectory() as name:
            mine = pathlib.Path(name) / "generate"
            subprocess.run(
                [
                    "go",
                    "build",
                    "-trimpath",
                    "-buildvcs=false",
                    "-ldflags",
                    f"-s -w -buildid= -X covers/tasks/internal/step.Version={TAG}",
                    "-o",
                    str(mine),
                    "./tasks/generate",
                ],
                cwd=ROOT,
                check=True,
                env=os.environ | {"CGO_ENABLED": "0", "GOOS": "linux", "GOARCH": architecture, "GOTOOLCHAIN": version},
            )
            self.assertEqual(
                hashlib.sha256(mine.read_bytes()).hexdigest(), hashlib.sha256(Saved(image("generate")).read("step")).hexdigest()
            )


class Running(unittest.TestCase):
    """As they run in production: read-only root, no capabilities, no network."""

    def run_step(self, step: str, *args: str, options: Iterable[str] = ()) -> subprocess.CompletedProcess[str]:
        return docker("run", "--rm", "--network", "none", *HARDENED, *options, image(step), *args, check=False)

    def test_version_and_help(self) -> None:
        for step in STEPS:
            with self.subTest(step):
                self.assertEqual(self.run_step(step, "--version").stdout, f"{step} {TAG}\n")
                self.assertIn("COVERS_", self.run_step(step, "--help").stdout)

    def test_result_line_of_a_failure(self) -> None:
        for step in STEPS:
            with self.subTest(step):
                done = self.run_step(step, "--no-such-flag")
                self.assertEqual(done.returncode, 64, done.stderr)
                result = json.loads(done.stdout)
                self.assertEqual((result["step"], result["status"], result["error"]["code"]), (step, "failed", 64))

    def test_result_line_of_a_success(self) -> None:
        done = self.run_step(
            "generate",
            "--day",
            "2026-03-28",
            "--out",
            "file:///tmp/simulator",
            "--records",
            "50",
            "--restaurants",
            "/etc/covers/restaurants.yaml",
            options=("--tmpfs", "/tmp:size=64m", "--volume", f"{ROOT / 'restaurants.yaml'}:/etc/covers/restaurants.yaml:ro"),
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        result = json.loads(done.stdout)
        self.assertEqual((result["status"], result["day"]), ("done", "2026-03-28"))
        for line in done.stderr.splitlines():
            self.assertIn("message", json.loads(line))

    def test_root_is_read_only(self) -> None:
        done = self.run_step(
            "generate",
            "--day",
            "2026-03-28",
            "--out",
            "file:///tmp/simulator",
            "--records",
            "50",
            "--restaurants",
            "/etc/covers/restaurants.yaml",
            options=("--volume", f"{ROOT / 'restaurants.yaml'}:/etc/covers/restaurants.yaml:ro"),
        )
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("read-only file system", done.stdout)

    def test_no_shell(self) -> None:
        done = docker("run", "--rm", "--network", "none", "--entrypoint", "/bin/sh", image("extract"), "-c", "true", check=False)
        self.assertEqual(done.returncode, 127, done.stderr)

    def test_stops_when_asked(self) -> None:
        """A program that is process 1 gets no signal that it does not handle: a step handles SIGTERM."""
        container = docker(
            "run",
            "--detach",
            "--network",
            "none",
            *HARDENED,
            "--tmpfs",
            "/tmp:size=64m,mode=1777",
            "--env",
            "COVERS_OPENTABLE_CLIENT_ID=a",
            "--env",
            "COVERS_OPENTABLE_CLIENT_SECRET=b",
            "--env",
            "COVERS_THEFORK_CLIENT_ID=c",
            "--env",
            "COVERS_THEFORK_CLIENT_SECRET=d",
            "--volume",
            f"{ROOT / 'restaurants.yaml'}:/etc/covers/restaurants.yaml:ro",
            image("mockapi"),
            "--data",
            "file:///tmp",
            "--restaurants",
            "/etc/covers/restaurants.yaml",
        ).stdout.strip()
        try:
            until = time.monotonic() + 60
            while '"listening"' not in docker("logs", container).stderr:
                self.assertLess(time.monotonic(), until, "it never listened")
                time.sleep(0.1)
            self.assertEqual(docker("exec", container, "/step", "health").returncode, 0)
            began = time.monotonic()
            docker("stop", "--time", "30", container)
            self.assertLess(time.monotonic() - began, 10)
            self.assertEqual(json.loads(docker("inspect", container).stdout)[0]["State"]["ExitCode"], 0)
        finally:
            docker("rm", "--force", "--volumes", container)


class Recipes(unittest.TestCase):
    """Every Dockerfile of the repository can be built where only these base images are to be had, and by any BuildKit."""

    ALLOWED = frozenset(
        {
            "scratch",
            "debian:bookworm-slim",
            "golang:1.26-bookworm",
            "python:3.11-slim-bookworm",
            "postgres:15-bookworm",
            "apache/airflow:3.3.2-python3.11",
        }
    )

    def recipes(self) -> list[pathlib.Path]:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*Dockerfile"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        return [ROOT / name for name in listed.stdout.split()]

    def test_bases(self) -> None:
        self.assertIn(ROOT / "images/Dockerfile", self.recipes())
        for path in self.recipes():
            stages: set[str] = set()
            for base, stage in re.findall(r"(?m)^FROM (?:--\S+ )?(\S+)(?: AS (\S+))?$", path.read_text()):
                self.assertIn(base, self.ALLOWED | stages, path)
                stages.add(stage)
            self.assertTrue(stages, path)

    def test_no_frontend_is_fetched(self) -> None:
        for path in self.recipes():
            self.assertNotRegex(path.read_text(), r"(?im)^#\s*syntax\s*=", path)

    def test_nothing_of_a_work_tree_but_sources_reaches_a_build(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            recipe = pathlib.Path(name) / "Dockerfile"
            recipe.write_text("FROM debian:bookworm-slim\nCOPY . /all\nRUN find /all -type f -o -type l\n")
            planted = [ROOT / "planted.env", ROOT / "tasks/extract/planted_test.go"]
            try:
                for path in planted:
                    path.touch()
                said = docker("build", "--no-cache", "--progress", "plain", "--file", str(recipe), str(ROOT)).stderr
            finally:
                for path in planted:
                    path.unlink()
        there = set(re.findall(r" /all/(\S+)", said))
        self.assertIn("tasks/extract/main.go", there)
        self.assertEqual([f for f in there if "planted" in f or f.startswith((".git/", "bin/", "demo/", "terraform/"))], [])


if __name__ == "__main__":
    unittest.main()
