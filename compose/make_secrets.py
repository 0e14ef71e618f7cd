"""Makes the stack's secrets, once, each into the volume of who needs it, and the restaurants.yaml that all of it reads.

Run as root before anything else of the stack. What is there stays: a volume that is removed (`docker compose down -v`) takes
its secrets with it. Nothing is printed.
"""

import base64
import json
import os
import pathlib
import secrets
from collections.abc import Callable

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ROOT = pathlib.Path("/secrets")
AIRFLOW, STEP, DATABASE = 50000, 65532, 0  # users that processes of the images run as, or start as
MOCK = "http://mockapi:8080"


def keep(name: str, owner: int, make: Callable[[], str]) -> str:
    """Return the content of a file below ROOT, and make it if it is not there, so that none but its owner can read it."""
    path = ROOT / name
    if not path.exists():
        new = path.with_name(path.name + ".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make())
        os.chown(new, owner, -1)
        new.rename(path)
    return path.read_text()


def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*form).decode()


def connections(client: dict[str, tuple[str, str]], access: str, secret: str, key: str) -> str:
    """Return what `airflow connections import` reads; docs/airflow.md says what each connection is for."""
    snowflake = {
        "account": "standin",
        "database": "COVERS",
        "warehouse": "COVERS_LOAD_WH",
        "storage_integration": "COVERS_LAKE",
        "protocol": "http",
        "host": "snowflake",
        "port": "8084",
        "private_key_content": key,
    }
    found = {
        "covers_lake": {
            "conn_type": "aws",
            "login": access,
            "password": secret,
            "extra": json.dumps({"region_name": "us-east-1", "endpoint_url": "http://s3:7070"}),
        },
        "covers_snowflake": {"conn_type": "snowflake", "login": "COVERS_LOAD", "schema": "MAIN", "extra": json.dumps(snowflake)},
        "covers_token_key": {"conn_type": "generic", "password": secrets.token_hex(32)},
    }
    for platform, (login, password) in client.items():
        found[f"covers_{platform}"] = {"conn_type": "http", "login": login, "password": password}
    return json.dumps(found)


def simulated(text: str) -> str:
    """Return restaurants.yaml with the simulated platforms, which have no limit to keep to, in place of the real ones."""
    content = yaml.safe_load(text)
    for name, platform in content["platforms"].items():
        url = MOCK + "/manager" if name == "thefork" else MOCK
        platform.update(api_url=url, auth_url=MOCK, requests_per_second=100000)
    return yaml.safe_dump(content, sort_keys=False)


def main() -> None:
    password = keep("postgres/password", DATABASE, secrets.token_urlsafe)
    keep("airflow/database", AIRFLOW, lambda: f"postgresql+psycopg2://airflow:{password}@postgres/airflow")
    keep("airflow/fernet_key", AIRFLOW, lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    keep("airflow/jwt_secret", AIRFLOW, lambda: secrets.token_urlsafe(64))  # as long as SHA-512 asks for
    keep("airflow/secret_key", AIRFLOW, secrets.token_urlsafe)
    keep("login/passwords.json", AIRFLOW, lambda: json.dumps({"admin": secrets.token_urlsafe(12)}))
    os.chown(ROOT / "login", AIRFLOW, -1)

    access = keep("s3/access_key", STEP, lambda: secrets.token_hex(10).upper())
    secret = keep("s3/secret_key", STEP, secrets.token_urlsafe)
    keep("s3/credentials", STEP, lambda: f"[default]\naws_access_key_id = {access}\naws_secret_access_key = {secret}\n")
    client = {
        platform: (
            keep(f"platforms/{platform}_id", STEP, secrets.token_hex),
            keep(f"platforms/{platform}_secret", STEP, secrets.token_urlsafe),
        )
        for platform in ("opentable", "thefork")
    }
    key = keep("warehouse/key.p8", STEP, private_key)
    keep("connections/connections.json", AIRFLOW, lambda: connections(client, access, secret, key))

    # No secret, and made anew each time: a changed restaurants.yaml takes effect with the next `up`.
    restaurants = pathlib.Path("/settings/restaurants.yaml")
    restaurants.write_text(simulated(pathlib.Path("/restaurants.yaml").read_text()))
    restaurants.chmod(0o644)


if __name__ == "__main__":
    main()
