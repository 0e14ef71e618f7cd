"""The proxy before the engine's socket lets a container's life through, and nothing else."""

import http.client
import subprocess
import time
import unittest

from images import ROOT, TAG, docker, image

NAME = f"covers-check/docker-proxy:{TAG}"
ID = "0123456789abcdef" * 4


class Proxy(unittest.TestCase):
    container: str
    address: str

    @classmethod
    def setUpClass(cls) -> None:
        docker("build", "--file", "compose/docker-proxy/Dockerfile", "--tag", NAME, ".", cwd=ROOT)
        cls.container = docker(
            "run",
            "--detach",
            "--read-only",
            "--cap-drop",
            "ALL",
            "--security-opt",
            "no-new-privileges",
            "--publish",
            "127.0.0.1::2375",
            "--volume",
            "/var/run/docker.sock:/var/run/docker.sock",
            NAME,
        ).stdout.strip()
        cls.addClassCleanup(docker, "rm", "--force", "--volumes", cls.container)
        cls.address = docker("port", cls.container, "2375").stdout.split()[0]
        until = time.monotonic() + 60
        while docker("inspect", "--format", "{{.State.Health.Status}}", cls.container).stdout.strip() != "healthy":
            assert time.monotonic() < until, docker("logs", cls.container).stdout
            time.sleep(0.2)

    def status(self, method: str, path: str, body: str | None = None) -> int:
        connection = http.client.HTTPConnection(self.address, timeout=30)
        connection.putrequest(method, path, skip_accept_encoding=True)  # as it is: nothing is tidied on the way
        connection.putheader("Content-Length", str(len(body or "")))
        connection.endheaders((body or "").encode())
        try:
            return connection.getresponse().status
        finally:
            connection.close()

    def through(self, *args: str) -> subprocess.CompletedProcess[str]:
        return docker("--host", f"tcp://{self.address}", *args, check=False)

    def test_a_container_lives_and_ends(self) -> None:
        done = self.through("run", "--rm", "--network", "none", image("extract"), "--version")  # create, attach, wait, start
        self.assertEqual((done.returncode, done.stdout), (0, f"extract {TAG}\n"), done.stderr)
        container = self.through("create", "--network", "none", image("extract"), "--no-such-flag").stdout.strip()
        try:
            self.assertEqual(self.through("start", "--attach", container).returncode, 64)
            self.assertIn('"code":64', self.through("logs", container).stderr)
            self.assertIn(container, self.through("ps", "--all", "--no-trunc", "--quiet").stdout)
            self.assertEqual(self.through("stop", container).returncode, 0)
        finally:
            self.assertEqual(self.through("rm", "--force", "--volumes", container).returncode, 0)

    def test_what_the_operator_asks(self) -> None:
        for path in ("/_ping", "/version", "/v1.41/version", "/v1.41/info", "/v1.41/images/json?filters=x", "/containers/json"):
            self.assertNotEqual(self.status("GET", path), 403, path)
        for path in (f"/containers/{ID}/json", f"/v1.41/containers/{ID}/logs?stdout=1"):
            self.assertEqual(self.status("GET", path), 404, path)  # the engine's answer

    def test_everything_else_is_refused(self) -> None:
        refused = [
            ("POST", f"/v1.41/containers/{ID}/exec"),
            ("POST", f"/exec/{ID}/start"),
            ("POST", f"/containers/{ID}/update"),
            ("POST", f"/containers/{ID}/rename?name=x"),
            ("POST", f"/containers/{ID}/restart"),
            ("POST", "/containers/prune"),
            ("GET", f"/containers/{ID}/export"),
            ("GET", f"/containers/{ID}/archive?path=/"),
            ("PUT", f"/containers/{ID}/archive?path=/"),
            ("GET", f"/containers/{ID}/top"),
            ("POST", f"/commit?container={ID}"),
            ("POST", "/build"),
            ("POST", "/images/create?fromImage=x"),
            ("POST", "/images/load"),
            ("DELETE", "/images/x"),
            ("GET", "/images/x/json"),
            ("GET", "/images/get"),
            ("POST", "/images/x/push"),
            ("POST", "/volumes/create"),
            ("GET", "/volumes"),
            ("DELETE", "/volumes/x"),
            ("GET", "/networks"),
            ("POST", "/networks/create"),
            ("GET", "/secrets"),
            ("GET", "/swarm"),
            ("POST", "/swarm/init"),
            ("POST", "/services/create"),
            ("POST", "/plugins/pull"),
            ("GET", "/events"),
            ("GET", "/system/df"),
            ("POST", "/session"),
            ("POST", "/auth"),
            ("GET", "/"),
            ("OPTIONS", "/version"),
            ("GET", "/containers/create"),
            ("DELETE", "/containers/json"),
            ("POST", "/version"),
            ("HEAD", f"/containers/{ID}/archive?path=/"),
            # Paths that mean another one once they are tidied.
            ("POST", f"/containers/{ID}/../{ID}/exec"),
            ("POST", f"/v1.41/containers/{ID}/start/../exec"),
            ("GET", "/version/../volumes"),
            ("POST", f"/containers/{ID}%2Fexec"),
            ("POST", f"/containers/{ID}/start%2F..%2Fexec"),
            ("POST", "//containers/create"),
            ("POST", "/v1.41/v1.41/containers/create"),
            ("POST", "/containers/create/"),
            ("POST", f"/containers/{ID}/start\t"),
        ]
        for method, path in refused:
            with self.subTest(f"{method} {path}"):
                self.assertIn(self.status(method, path.replace("\t", "%09"), "{}"), (400, 403))


if __name__ == "__main__":
    unittest.main()
