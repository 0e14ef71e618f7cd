"""Holds mockapi against docs/api: what the server answers and what the descriptions say must be the same.

    check_platforms.py BIN

BIN is the folder of the built steps. For each platform, with the settings' defaults and with every other value,
schemathesis asks what the description allows and what it does not, follows links from lists to records, and checks each
answer: status, content type, headers, schema, refusal of what breaks the description, no server error. Then each way of
showing no token, or a bad one, is tried on each path. At the end every documented answer must have been met.

Before that, each body that the server sends in each of OpenTable's tiers is held against the forms of the documents' own samples,
and so are the descriptions (platform_bodies.py, platform_forms.py). Ends with 1 where something differs.
"""

import collections
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import requests
import schemathesis
import yaml
from openapi_spec_validator import validate

import platform_bodies

REPO = pathlib.Path(__file__).resolve().parent.parent
DESCRIPTIONS = {name: REPO / "docs" / "api" / f"{name}.yaml" for name in ("opentable", "thefork")}
SECRET = {"opentable": ("opentable-client", "opentable-secret"), "thefork": ("thefork-client", "thefork-secret")}
RID = 1001
GROUP = "7a1d3c90-44be-4f0e-9d52-6b8e4c2a0001"
RESTAURANT = "5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0101"
DAYS = ("2026-03-27", "2026-03-28")
EXAMPLES = 20  # of each operation in a phase; half of them with the other values
SEED = "20260328"

# What no simulation without a scenario answers, and what would need a broken lake.
NOT_MET = {"429", "503"}

problems: list[str] = []


def other_values(description: dict[str, Any]) -> dict[str, str | None]:
    """Return the last value of every setting that the description names, None for a switch. How long tokens live is not one."""
    flags = {}

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "setting" in node and "-token-life" not in node["setting"]:
                flags[node["setting"]] = node.get("values", [None])[-1]
            node = node.values()
        if not isinstance(node, str):
            for value in node if hasattr(node, "__iter__") else ():
                walk(value)

    walk(description)
    return flags


@contextlib.contextmanager
def mockapi(binaries: pathlib.Path, data: pathlib.Path, *settings: str) -> Iterator[str]:
    """Run a server with these settings; its URL is what the block is given."""
    env = dict(os.environ)
    for name, (client, secret) in SECRET.items():
        env[f"COVERS_{name.upper()}_CLIENT_ID"], env[f"COVERS_{name.upper()}_CLIENT_SECRET"] = client, secret
    with tempfile.TemporaryDirectory() as folder:
        url = pathlib.Path(folder) / "url"
        log = (pathlib.Path(folder) / "log").open("w+")
        server = subprocess.Popen(
            [
                binaries / "mockapi",
                "--data",
                f"file://{data}",
                "--restaurants",
                REPO / "restaurants.yaml",
                "--listen",
                "127.0.0.1:0",
                "--url-file",
                url,
                *settings,
            ],
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        try:
            while not url.exists():
                if server.poll() is not None:
                    log.seek(0)
                    raise SystemExit(f"mockapi ended: {log.read()}")
                time.sleep(0.02)
            yield url.read_text().strip()
        finally:
            server.terminate()
            server.wait()


def token(platform: str, base: str) -> str:
    client, secret = SECRET[platform]
    if platform == "opentable":
        answer = requests.get(
            f"{base}/api/v2/oauth/token", params={"grant_type": "client_credentials"}, auth=(client, secret), timeout=10
        )
    else:
        form = {
            "grant_type": "client_credentials",
            "client_id": client,
            "client_secret": secret,
            "audience": "https://api.thefork.io",
        }
        answer = requests.post(f"{base}/oauth/token", data=form, timeout=10)
    answer.raise_for_status()
    return answer.json()["access_token"]


def lists(platform: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return, for each operation that answers with one record, the path and parameters of a list that has some."""
    query: dict[str, Any]
    if platform == "opentable":
        query = {"rid": RID, "limit": 20}
        return {"getReservation": ("/sync/v2/reservations", query), "getGuest": ("/sync/v2/guests", query)}
    query = {"groupUuid": GROUP, "startDate": DAYS[0], "endDate": DAYS[-1], "limit": 20}
    return {"getReservation": ("/manager/v1/reservations", query), "getCustomer": ("/manager/v1/customers", query)}


def ids(platform: str, base: str, access: str) -> dict[str, list[str]]:
    """Return some ids of records that are there, by the operation that takes them."""
    found = {}
    for operation, (path, query) in lists(platform).items():
        page = requests.get(base + path, params=query, headers={"Authorization": f"Bearer {access}"}, timeout=10).json()
        found[operation] = page["data"] if platform == "thefork" else [item["id"] for item in page["items"]]
        if not found[operation]:
            raise SystemExit(f"{platform}: {path} has no records to ask for")
    return found


def config(platform: str, base: str, access: str, other: bool) -> str:
    """Return schemathesis.toml: credentials, and values among which a record is found."""
    known = (
        {"rid": [RID]}
        if platform == "opentable"
        else {"groupUuid": [GROUP], "restaurantUuid": [RESTAURANT], "startDate": [DAYS[0]], "endDate": [DAYS[1]]}
    )
    records = ids(platform, base, access)
    lines = [
        f"hooks = {json.dumps(str(REPO / 'tests' / 'schemathesis_formats.py'))}",
        "[auth.openapi.token]",
        f"bearer = {json.dumps(access)}",
    ]
    client, secret = SECRET[platform]
    if platform == "opentable":
        lines += ["[auth.openapi.client]", f"username = {json.dumps(client)}", f"password = {json.dumps(secret)}"]
    for name, values in {**known, **records}.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(values)}"]
    lines += ["[parameters]"] + [f'{name} = {{dictionary = "{name}", probability = 0.8}}' for name in known]
    if platform == "opentable" or other:
        # These want 401 where there is no token at all. OpenTable documents 400, and TheFork's gateway answers 403. check_tokens
        # wants exactly that.
        lines += ["[checks]"] + [f"{check} = {{enabled = false}}" for check in ("ignored_auth", "missing_required_header")]
    for operation in records:
        lines += [
            "[[operations]]",
            f'include-operation-id = "{operation}"',
            f'parameters = {{id = {{dictionary = "{operation}", probability = 0.7}}}}',
        ]
    if platform == "thefork":
        # It is groupUuid or restaurantUuid, and a description cannot say which. A list is asked for by group, and by more where
        # it is drawn.
        lines += ["[[operations]]", 'include-operation-id = "listReservations"', f'parameters = {{groupUuid = "{GROUP}"}}']
        # Nor can it say that a list of reviews ends after it begins.
        lines += [
            "[[operations]]",
            'include-operation-id = "listReviews"',
            "checks = {positive_data_acceptance = {enabled = false}}",
        ]
    return "\n".join(lines) + "\n"


def schemathesis_run(platform: str, base: str, label: str, other: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        toml, report = pathlib.Path(folder) / "schemathesis.toml", pathlib.Path(folder) / "report.json"
        toml.write_text(config(platform, base, token(platform, base), other))
        command: list[str | pathlib.Path] = [
            pathlib.Path(sys.executable).parent / "st",
            "--config-file",
            toml,
            "run",
            DESCRIPTIONS[platform],
            "--url",
            base,
            "--seed",
            SEED,
            "--generation-deterministic",
            "--max-examples",
            str(EXAMPLES // (2 if other else 1)),
            "--continue-on-failure",
            "--no-color",
            "--report",
            "json",
            "--report-json-path",
            report,
        ]
        # A limit beyond the maximum is accepted where the settings say so, and both ids of TheFork at once are refused.
        command += ["--exclude-checks", "negative_data_rejection,positive_data_acceptance"] if other else []
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder, check=False)
        if run.returncode != 0 or not report.exists():
            print(run.stdout)
            problems.append(f"{platform}, {label}: schemathesis ended with {run.returncode}")
        if report.exists():
            found = json.loads(report.read_text())
            print(
                f"{platform}, {label}: {found['operations']['tested']} operations, "
                f"{found['test_cases']['generated']} requests by schemathesis, "
                f"{found['test_cases']['unique_failures']} failures, {found['running_time']:.1f} s"
            )
            if found["operations"]["tested"] != found["operations"]["total"]:
                problems.append(f"{platform}, {label}: not all operations were tested")


def refusal(platform: str, shown: bool, other: bool) -> tuple[int, Callable[[requests.Response], bool]]:
    """Return the status, and what the answer must be, where a request shows no token or a bad one."""
    if platform == "opentable" and other:
        return 405 if shown else 401, lambda answer: list(answer.json()) == ["errors", "requestid"]
    if platform == "opentable":
        return (
            401 if shown else 400,
            lambda answer: (
                list(answer.json()) == ["timestamp", "path", "status", "error", "requestId"]
                and answer.json()["requestId"] not in answer.headers["OT-RequestId"]
            ),
        )
    if not other:
        return 401, lambda answer: answer.json() == {"data": {"code": ""}, "error": "Unauthorized", "statusCode": 401}
    if not shown:
        return 403, lambda answer: answer.json() == {"message": "Forbidden"}
    return (
        401,
        lambda answer: (
            answer.json() == {"message": "Unauthorized"}
            and answer.headers["WWW-Authenticate"] == 'Bearer realm="auth.thefork.io", error="invalid_token"'
        ),
    )


def check_tokens(platform: str, base: str, expired: str, other: bool) -> int:
    """Ask every path without a token, and with each kind of bad one, and check the answer exactly."""
    description = schemathesis.openapi.from_path(str(DESCRIPTIONS[platform]))
    foreign = token("thefork" if platform == "opentable" else "opentable", base)
    shown = {
        "no token": None,
        "another scheme": "Basic eDp5",
        "a guessed token": "Bearer guessed",
        "the other platform's": f"Bearer {foreign}",
        "an expired one": f"Bearer {expired}",
    }
    count = 0
    for operation, (path, query) in lists(platform).items():
        one = ids(platform, base, token(platform, base))[operation][0]
        asked = [(path, path, query), (path + "/{id}", f"{path}/{one}", {})]
        if platform == "opentable":
            times = {"scheduled_time_from": f"{DAYS[0]}T00:00:00", "scheduled_time_to": f"{DAYS[-1]}T00:00:00"}
            asked.append(("/sync/v2/pos-data", "/sync/v2/pos-data", {"rid": RID, **times}))
        for template, url, params in asked:
            for kind, header in shown.items():
                answer = requests.get(base + url, params=params, headers={"Authorization": header} if header else {}, timeout=10)
                count += 1
                description[template]["GET"].validate_response(answer)
                want, fits = refusal(platform, header is not None and "Bearer" in header, other)
                if answer.status_code != want or not fits(answer):
                    problems.append(f"{platform}: GET {template} with {kind}: {answer.status_code} {answer.text}")
    return count


def check_foreign(platform: str, base: str, other: bool) -> None:
    """Ask for what is another's: the status is the setting's."""
    nobody = "7a1d3c90-44be-4f0e-9d52-6b8e4c2a9999"
    days = {"startDate": DAYS[0], "endDate": DAYS[-1]}
    asked: list[tuple[str, dict[str, Any]]] = [
        ("/manager/v1/reservations", {"groupUuid": nobody, **days}),
        ("/manager/v1/customers", {"groupUuid": nobody, **days}),
        ("/manager/v1/reviews", {"restaurantUuid": nobody, **days}),
    ]
    if platform == "opentable":
        asked = [("/sync/v2/reservations", {"rid": 999}), ("/sync/v2/guests", {"rid": 999})]
    want = {"opentable": 403, "thefork": 404}[platform] if other else 401
    for path, query in asked:
        answer = requests.get(base + path, params=query, headers={"Authorization": f"Bearer {token(platform, base)}"}, timeout=10)
        if answer.status_code != want:
            problems.append(f"{platform}: GET {path} of another's: {answer.status_code}, want {want}")


def check_bounds(platform: str, description: dict[str, Any], base: str, clamps: bool) -> int:
    """Ask every list for each number's least and most, which it must take, and for one beyond, which it must not.

    Asked for none, the reply has the default. schemathesis asks too, but lets pass what is accepted beyond a bound.
    """
    headers = {"Authorization": f"Bearer {token(platform, base)}"}
    parameters = description["components"]["parameters"]
    count = 0
    for path, whole in lists(platform).values():
        query = {name: value for name, value in whole.items() if name != "limit"}
        bare = requests.get(base + path, params=query, headers=headers, timeout=10).json()
        for name in [name for name in parameters if "default" in parameters[name]["schema"]]:
            bounds = parameters[name]["schema"]
            if bare[name] != bounds["default"]:
                problems.append(f"{platform}: GET {path} without {name}: {bare[name]}, described is {bounds['default']}")
            beyond = 200 if clamps and name == "limit" else 400
            for value, want in (
                (bounds["minimum"], 200),
                (bounds["maximum"], 200),
                (bounds["minimum"] - 1, 400),
                (bounds["maximum"] + 1, beyond),
            ):
                answer = requests.get(base + path, params={**query, name: value}, headers=headers, timeout=10)
                count += 1
                if answer.status_code != want or (want == 200 and answer.json()[name] != min(value, bounds["maximum"])):
                    problems.append(
                        f"{platform}: GET {path} with {name}={value}: {answer.status_code}, want {want}: {answer.text[:200]}"
                    )
    return count


def expired_token(platform: str, base: str) -> str:
    """Return a token that has ended. The server's tokens live a second."""
    access = token(platform, base)
    path, query = next(iter(lists(platform).values()))
    for _ in range(100):
        if requests.get(base + path, params=query, headers={"Authorization": f"Bearer {access}"}, timeout=10).status_code >= 400:
            return access
        time.sleep(0.05)
    raise SystemExit(f"{platform}: a token of one second still lives after five")


def refuse_credentials(platform: str, base: str) -> None:
    """Try wrong credentials, on each way to a token."""
    description = schemathesis.openapi.from_path(str(DESCRIPTIONS[platform]))
    ways: list[tuple[str, dict[str, Any]]]
    if platform == "opentable":
        path, grant = "/api/v2/oauth/token", {"grant_type": "client_credentials"}
        ways = [("GET", {"params": grant}), ("POST", {}), ("POST", {"data": grant})]
        ways = [(method, {**more, "auth": auth}) for method, more in ways for auth in (None, ("opentable-client", "wrong"))]
        answer = requests.post(base + path, data={"grant_type": "password"}, auth=SECRET[platform], timeout=10)
        if answer.status_code != 400:
            problems.append(f"opentable: a token for another grant: {answer.status_code} {answer.text}")
    else:
        path = "/oauth/token"
        body = {
            "grant_type": "client_credentials",
            "client_id": "thefork-client",
            "client_secret": "wrong",
            "audience": "https://api.thefork.io",
        }
        ways = [("POST", {"data": body}), ("POST", {"json": body})]
        good: Any = {**body, "client_secret": SECRET["thefork"][1]}
        for more in ({"data": good}, {"json": good}):
            answer = requests.post(base + path, timeout=10, **more)
            description[path]["POST"].validate_response(answer)
            if answer.status_code != 200:
                problems.append(f"thefork: a token by {next(iter(more))}: {answer.status_code} {answer.text}")
    for method, more in ways:
        answer = requests.request(method, base + path, timeout=10, **more)
        description[path][method].validate_response(answer)
        if answer.status_code != 401:
            problems.append(f"{platform}: {method} {path} with wrong credentials: {answer.status_code} {answer.text}")


def met(base: str) -> dict[str, Counter[str]]:
    """Return how often each route answered with each status, as the server's metrics have it."""
    found: dict[str, Counter[str]] = collections.defaultdict(Counter)
    for route, status, n in re.findall(
        r'^covers_mockapi_replies_total\{route="([^"]+)",status="(\d+)"\} (\d+)$',
        requests.get(f"{base}/metrics", timeout=10).text,
        re.M,
    ):
        found[route][status] += int(n)
    return found


def main(binaries: pathlib.Path) -> None:
    descriptions = {}
    for name, path in DESCRIPTIONS.items():
        descriptions[name] = yaml.safe_load(path.read_text())
        validate(descriptions[name])
        print(f"{path.relative_to(REPO)}: a valid description, OpenAPI {descriptions[name]['openapi']}")
    replies: dict[str, Counter[str]] = collections.defaultdict(Counter)
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "simulator"
        for day in DAYS:
            subprocess.run(
                [
                    binaries / "generate",
                    "--day",
                    day,
                    "--out",
                    f"file://{data}",
                    "--restaurants",
                    REPO / "restaurants.yaml",
                    "--records",
                    "400",  # so many that each form of a record is among them
                    "--defects",
                    "0",
                    "--merges",
                    "stay",
                ],
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        problems.extend(
            platform_bodies.check(lambda *flags: mockapi(binaries, data, *flags), token, RID, descriptions["opentable"])
        )
        for label, other in (("defaults", False), ("other values", True)):
            settings = {flag: value for d in descriptions.values() for flag, value in other_values(d).items()} if other else {}
            flags = [part for flag, value in sorted(settings.items()) for part in (flag, value) if part is not None]
            if other:
                print("other values:", " ".join(flags))
            with mockapi(binaries, data, *flags) as base:
                for platform in DESCRIPTIONS:
                    schemathesis_run(platform, base, label, other)
                    refuse_credentials(platform, base)
                    check_foreign(platform, base, other)
                    asked = check_bounds(platform, descriptions[platform], base, other)
                    print(f"{platform}, {label}: {asked} requests at and beyond a bound")
                for route, counts in met(base).items():
                    replies[route] += counts
            with mockapi(binaries, data, *flags, "--opentable-token-life", "1s", "--thefork-token-life", "1s") as base:
                for platform in DESCRIPTIONS:
                    n = check_tokens(platform, base, expired_token(platform, base), other)
                    print(f"{platform}, {label}: {n} requests without a good token")
                for route, counts in met(base).items():
                    replies[route] += counts
    for name, description in descriptions.items():
        for path, item in description["paths"].items():
            for method in item.keys() & {"get", "post"}:
                route = f"{method.upper()} {path}"
                print(f"{name}: {route:38}", "  ".join(f"{status}: {n}" for status, n in sorted(replies[route].items())))
                for status in item[method]["responses"].keys() - replies[route].keys() - NOT_MET:
                    problems.append(f"{name}: {route} never answered {status}, which the description has")
    for problem in problems:
        print("DIFFERENCE:", problem)
    if problems:
        sys.exit(1)
    print(f"{sum(sum(c.values()) for c in replies.values())} answers, no difference between the descriptions and the server")


main(pathlib.Path(sys.argv[1]))
