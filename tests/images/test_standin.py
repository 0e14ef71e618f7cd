"""The stand-in for Snowflake as an image: the built `load` signs in and is answered, and what was written outlives a kill."""

import json
import time
import unittest
import uuid
from typing import Any

from images import HARDENED, ROOT, TAG, docker, image, inspect

NAME = f"covers-check/fakesnow:{TAG}"


class StandIn(unittest.TestCase):
    own: str  # the name of its network, volume and container

    @classmethod
    def setUpClass(cls) -> None:
        docker("build", "--file", "tools/fakesnow/Dockerfile", "--tag", NAME, ".", cwd=ROOT)
        cls.own = f"covers-check-{uuid.uuid4().hex[:8]}"
        cls.addClassCleanup(docker, "volume", "rm", "--force", cls.own)
        docker("network", "create", "--internal", cls.own)
        cls.addClassCleanup(docker, "network", "rm", cls.own)
        docker(
            "run",
            "--detach",
            "--name",
            cls.own,
            "--network",
            cls.own,
            "--network-alias",
            "snowflake",
            *HARDENED[:-1],
            "2g",
            "--tmpfs",
            "/tmp",
            "--volume",
            f"{cls.own}:/data",
            NAME,
        )
        cls.addClassCleanup(docker, "rm", "--force", cls.own)

    def state(self) -> dict[str, Any]:
        return json.loads(docker("inspect", self.own).stdout)[0]["State"]

    def healthy(self) -> None:
        until = time.monotonic() + 120
        while (status := self.state()["Health"]["Status"]) != "healthy":
            self.assertTrue(self.state()["Running"], docker("logs", self.own).stderr)
            self.assertLess(time.monotonic(), until, f"it is {status}")
            time.sleep(0.5)

    def load(self, *args: str) -> tuple[int, Any, str]:
        url = "snowflake://anybody@standin/COVERS/MAIN?warehouse=W&storage_integration=S&protocol=http&host=snowflake&port=8084"
        done = docker(
            "run",
            "--rm",
            "--network",
            self.own,
            *HARDENED,
            "--env",
            f"COVERS_WAREHOUSE={url}",
            "--env",
            "COVERS_SNOWFLAKE_PASSWORD=any",
            image("load"),
            *args,
            check=False,
        )
        return done.returncode, json.loads(done.stdout or "null"), done.stderr

    def test_load_signs_in_and_what_it_wrote_outlives_a_kill(self) -> None:
        self.healthy()
        code, result, log = self.load("migrate")
        self.assertEqual((code, result["status"]), (0, "done"), log)
        self.assertGreater(result["counts"]["migrate"]["applied"], 0)
        docker("kill", self.own)
        docker("start", self.own)
        self.healthy()
        code, again, log = self.load("migrate")
        self.assertEqual((code, again["status"]), (0, "unchanged"), log)
        self.assertEqual(again["counts"]["migrate"]["before"], result["counts"]["migrate"]["applied"])
        code, status, log = self.load("status")
        self.assertEqual((code, status["counts"]["ledger"]["readings"]), (0, 0), log)

    def test_user_and_volume(self) -> None:
        config = inspect(NAME)["Config"]
        self.assertEqual(config["User"], "65532:65532")
        self.assertEqual(config["Volumes"], {"/data": {}})


if __name__ == "__main__":
    unittest.main()
