"""What check_systemd.py runs in the container: the boot script, then the unit, under the systemd that is process 1 there."""

import atexit
import base64
import http.client
import http.server
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

S3, SSM, PORT = sys.argv[1], sys.argv[2], int(sys.argv[3])
UNIT, INSTALLED = "covers-mockapi.service", pathlib.Path("/usr/local/lib/covers/mockapi")
KEYS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": 'a "quoted" \\ key',
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
SECRETS = {
    "COVERS_OPENTABLE_CLIENT_ID": "reader",
    "COVERS_OPENTABLE_CLIENT_SECRET": "of opentable $HOME 'x' \"y\" \\z",
    "COVERS_THEFORK_CLIENT_ID": "reader",
    "COVERS_THEFORK_CLIENT_SECRET": "of thefork",
}
parameters: dict[str, str] = {}  # what the Parameter Store has by now


def run(*args: str, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        args, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ | KEYS, check=False, **options
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(args)} ended with {done.returncode}:\n{done.stdout}{journal('--lines=60')}")
    return done


def journal(*args: str) -> str:
    """Return what the journal has, with all that was said until now."""
    subprocess.run(["journalctl", "--sync"], check=True)
    return subprocess.run(["journalctl", "--no-pager", *args], check=True, text=True, stdout=subprocess.PIPE).stdout


def expect(what: str, holds: bool) -> None:
    if not holds:
        raise AssertionError(f"{what}\n{journal('--lines=60')}")
    print("ok:", what, flush=True)


def until(what: str, holds: Callable[[], bool], seconds: float = 120.0) -> float:
    """Wait until something holds, and return how long that took."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"{what}: not within {seconds} s\n{journal('--lines=60')}")
        time.sleep(0.05)
    return time.monotonic() - began


def show(name: str) -> str:
    return run("systemctl", "show", "--value", "--property", name, UNIT).stdout.strip()


class Parameters(http.server.BaseHTTPRequestHandler):
    """GetParameter of Systems Manager, as its API reference describes it."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = (
            self.headers["X-Amz-Target"] == "AmazonSSM.GetParameter" and asked["WithDecryption"] and asked["Name"] in parameters
        )
        answer = (
            {"Parameter": {"Name": asked["Name"], "Type": "SecureString", "Value": parameters[asked["Name"]]}}
            if known
            else {"__type": "ParameterNotFound", "message": ""}
        )
        text = json.dumps(answer).encode()
        self.send_response(200 if known else 400)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        pass


def healthy() -> bool:
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=1).status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


FORM = b"grant_type=client_credentials"


def headers(secret: str) -> dict[str, str]:
    """Return what a client sends with FORM to ask OpenTable's side for a token."""
    pair = f"{SECRETS['COVERS_OPENTABLE_CLIENT_ID']}:{secret}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode(), "Content-Type": "application/x-www-form-urlencoded"}


def token(secret: str) -> int:
    """Return the status of asking for a token."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    connection.request("POST", "/api/v2/oauth/token", FORM, headers(secret))
    return connection.getresponse().status


def aws() -> None:
    """Start S3 and the Parameter Store, and make an aws command that finds them here."""
    port = urllib.parse.urlsplit(SSM).port or 80
    threading.Thread(target=http.server.ThreadingHTTPServer(("127.0.0.1", port), Parameters).serve_forever, daemon=True).start()
    for folder in ("/srv/s3", "/srv/meta"):
        os.mkdir(folder)
    server = subprocess.Popen(
        ["/covers/versitygw", "--port", S3.removeprefix("http://"), "--quiet", "posix", "--sidecar", "/srv/meta", "/srv/s3"],
        env=os.environ | {"ROOT_ACCESS_KEY": KEYS["AWS_ACCESS_KEY_ID"], "ROOT_SECRET_KEY": KEYS["AWS_SECRET_ACCESS_KEY"]},
    )
    atexit.register(server.kill)  # it holds this program's output, whose end the caller waits for
    # systemd's services have an environment of their own, where an instance has a role.
    pathlib.Path("/usr/local/bin/aws").write_text(
        "#!/bin/bash\n"
        + "".join(f"export {name}={json.dumps(value)}\n" for name, value in KEYS.items())
        + f'case $1 in ssm) at={SSM} ;; *) at={S3} ;; esac\nexec /usr/bin/aws --endpoint-url "$at" "$@"\n'
    )
    os.chmod("/usr/local/bin/aws", 0o755)
    until("S3", lambda: run("aws", "s3", "ls", check=False).returncode == 0)
    for bucket in ("artifacts", "lake"):
        run("aws", "s3", "mb", f"s3://{bucket}")
    run("aws", "s3", "cp", "/covers/mockapi", "s3://artifacts/v1/mockapi")
    run(
        "/covers/generate",
        "--day",
        "2026-03-27",
        "--records",
        "500",
        "--restaurants",
        "/covers/restaurants.yaml",
        "--out",
        f"s3://lake/simulator?region=us-east-1&use_path_style=true&endpoint={S3}",
    )


def refusals() -> None:
    for script, says in (
        ("wrong", "refuse the program s3://artifacts/v1/mockapi: its SHA-256 is "),
        ("missing", "fetch the program s3://artifacts/v2/mockapi: "),
    ):
        done = run("bash", f"/covers/{script}.sh", check=False)
        said = journal("-t", "covers-install", "-o", "cat")
        expect(
            f"the boot script refuses a {script} artifact, in the journal",
            done.returncode == 1 and says in said and "; upload " in said,
        )
        expect(
            "and installs nothing", not any(INSTALLED.parent.iterdir()) and not pathlib.Path("/etc/systemd/system", UNIT).exists()
        )
    parameters.update({f"/covers/mock-api/{name}": value for name, value in SECRETS.items()})
    lost = "/covers/mock-api/COVERS_THEFORK_CLIENT_SECRET"
    value = parameters.pop(lost)
    done = run("bash", "/covers/install.sh", check=False)
    said = journal("-u", "covers-mockapi-secrets", "-o", "cat")
    expect(
        "a missing parameter is named in the journal", f"fetch the SSM parameter {lost}: " in said and "ParameterNotFound" in said
    )
    expect("and the service does not serve without it", not healthy())
    parameters[lost] = value
    until("the service starts by itself once the parameter is there", healthy)
    expect("the service starts by itself once the parameter is there", True)


def installed() -> None:
    began = time.monotonic()
    run("bash", "/covers/install.sh")
    until("ready", healthy)
    expect(f"installed and ready in {time.monotonic() - began:.1f} s", True)
    run("systemctl", "stop", UNIT)
    began = time.monotonic()
    run("systemctl", "start", UNIT)
    until("ready", healthy)
    expect(f"started and ready in {time.monotonic() - began:.1f} s, credentials fetched and the data read from S3", True)
    before = INSTALLED.stat()
    run("aws", "s3", "rm", "s3://artifacts/v1/mockapi")
    run("bash", "/covers/install.sh")
    expect("run again, the script fetches nothing that is there", INSTALLED.stat().st_mtime_ns == before.st_mtime_ns)
    until("ready", healthy)
    expect(
        "a client with the stored secret gets a token, another one none",
        token(SECRETS["COVERS_OPENTABLE_CLIENT_SECRET"]) == 200 and token("wrong") == 401,
    )


def analysed() -> None:
    for unit in (UNIT, "covers-mockapi-secrets.service"):
        said = run("systemd-analyze", "verify", "--recursive-errors=no", f"/etc/systemd/system/{unit}").stdout
        expect(f"systemd-analyze verify says nothing of {unit}: {said}", said == "")
    said = run("systemd-analyze", "security", "--offline=true", "--threshold=20", f"/etc/systemd/system/{UNIT}").stdout
    expect(said.splitlines()[-1].strip(), True)


def sandboxed() -> None:
    pid = show("MainPID")
    status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)
    uid = int(status["Uid"].split()[0])
    expect(f"it runs as user {uid} of its own", 61184 <= uid <= 65519)  # systemd's range for dynamic users
    expect(
        "it has no capability, cannot gain one, and its system calls are filtered",
        int(status["CapBnd"], 16) == int(status["CapEff"], 16) == int(status["CapAmb"], 16) == 0
        and status["NoNewPrivs"] == "1"
        and status["Seccomp"] == "2",
    )
    mounts = {
        line.split()[4]: line.split()[5].split(",") for line in pathlib.Path(f"/proc/{pid}/mountinfo").read_text().splitlines()
    }
    expect(
        "the file system is read-only but for its own temporary files",
        "ro" in mounts["/"] and "rw" in mounts["/tmp"] and "rw" in mounts["/var/tmp"],
    )
    expect("it spools on disk", any("/var/tmp/" in os.readlink(fd) for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir()))
    everywhere = (
        pathlib.Path(f"/proc/{pid}/environ").read_bytes()
        + journal("-o", "export").encode()
        + b"".join(path.read_bytes() for path in pathlib.Path("/etc/covers").iterdir())
    )
    expect(
        "no secret is in its environment, in the journal or on disk",
        not any(value.encode() in everywhere for name, value in SECRETS.items() if name.endswith("SECRET")),
    )
    folder = pathlib.Path("/run/covers-mockapi-secrets")
    expect(
        "the fetched files are root's alone",
        folder.stat().st_mode & 0o777 == 0o700
        and all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir())
        and len(list(folder.iterdir())) == 4,
    )


def restarted() -> None:
    pid = show("MainPID")
    os.kill(int(pid), signal.SIGKILL)
    until("another process", lambda: show("MainPID") not in (pid, "0"))
    until("ready", healthy)
    expect("killed, it starts again and serves", show("NRestarts") == "1")


def drained() -> None:
    """Stop the service with a request half sent."""
    with socket.create_connection(("127.0.0.1", PORT), timeout=10) as connection:
        head = headers(SECRETS["COVERS_OPENTABLE_CLIENT_SECRET"]) | {
            "Host": "x",
            "Content-Length": len(FORM),
            "Expect": "100-continue",
        }
        connection.sendall(
            "\r\n".join(["POST /api/v2/oauth/token HTTP/1.1", *(f"{k}: {v}" for k, v in head.items()), "", ""]).encode()
        )
        expect("the request is being answered", connection.recv(100).startswith(b"HTTP/1.1 100"))
        stop = subprocess.Popen(["systemctl", "stop", UNIT])
        until("draining", lambda: '"message":"draining"' in journal("-u", UNIT, "-o", "cat", "-n", "5"))
        connection.sendall(FORM)
        expect("told to stop, it answers what it has begun", connection.recv(4096).startswith(b"HTTP/1.1 200"))
    expect("and stops", stop.wait(20) == 0 and show("ActiveState") == "inactive")
    expect("which counts as success", (show("Result"), show("ExecMainStatus")) == ("success", "0"))
    expect("nobody listens any more", not healthy())


def logged() -> None:
    lines = journal("-t", "covers-mockapi", "_TRANSPORT=stdout", "-o", "cat").splitlines()
    messages = {json.loads(line).get("message") for line in lines}  # the result line at the end has none
    expect(f"its {len(lines)} lines in the journal are JSON", {"listening", "request", "draining"} <= messages)


def main() -> None:
    until("systemd", lambda: run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded"))
    aws()
    for part in (refusals, installed, analysed, sandboxed, restarted, drained, logged):
        part()


try:
    main()
except AssertionError as wrong:
    sys.exit(f"FAILED: {wrong}")
