"""Which Airflow connections become which variables of Covers' steps; on Kubernetes docs/kubernetes.md names the secrets' keys."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from container_steps import Credential, CredentialError, Settings, aws, from_connection
from container_steps.credentials import needed, needed_extra

if TYPE_CHECKING:
    from airflow.sdk import Connection

_WITH_TOKEN_KEY = frozenset({"validate"})
_WITH_WAREHOUSE = frozenset({"load", "report", "care"})


def of_step(step: str, settings: Settings) -> Iterator[Credential]:
    """Yield the credentials that the settings give to a step."""
    if connection := settings.get("lake_connection"):
        yield aws(connection)
    if step in _WITH_WAREHOUSE and (connection := settings.get("warehouse_connection")):
        yield snowflake(connection)
    if step in _WITH_TOKEN_KEY and (connection := settings.get("token_key_connection")):
        yield token_key(connection)


def platform(name: str, connection: str = "") -> Credential:
    """Return a booking platform's credential, as restaurants.yaml names it; the connection is "covers_NAME" unless told.

    The connection is of type http: login is the client's id and password its secret. For the names opentable and thefork, host
    (with schema and port) is the API's URL in place of restaurants.yaml's, and the extra auth_url that of the tokens, where they
    are set.
    """
    prefix = f"COVERS_{name.upper()}"

    def variables(c: Connection) -> dict[str, str]:
        found = {f"{prefix}_CLIENT_ID": needed(c, "login"), f"{prefix}_CLIENT_SECRET": needed(c, "password")}
        if c.host:
            found[f"{prefix}_URL"] = _url(c)
        if auth := c.extra_dejson.get("auth_url"):
            found[f"{prefix}_AUTH_URL"] = auth
        return found

    public = frozenset({f"{prefix}_URL", f"{prefix}_AUTH_URL"})
    return Credential(connection or f"covers_{name}", variables, public=public)


def token_key(connection: str = "covers_token_key") -> Credential:
    """Return the key of the tokens: the connection's password is COVERS_TOKEN_KEY."""
    return from_connection(connection, password="COVERS_TOKEN_KEY")


def snowflake(connection: str = "covers_snowflake") -> Credential:
    """Return the credential of the warehouse.

    The connection is of type snowflake. Its login and, from the extra, account, database, warehouse, role, stage or
    storage_integration (and host, port, protocol) become COVERS_WAREHOUSE, which [covers] warehouse does not then need to name.
    The extra private_key_content is the key, PEM or, as Airflow's own hook wants it, base64 of that, with the password as its
    passphrase. Without a key the password signs in.
    """

    def variables(c: Connection) -> dict[str, str]:
        extra = c.extra_dejson
        found: dict[str, str] = {}
        if account := extra.get("account"):
            path = f"{needed_extra(c, 'database')}/{c.schema or extra.get('schema') or 'MAIN'}"
            query = {
                k: str(extra[k])
                for k in ("warehouse", "role", "stage", "storage_integration", "host", "port", "protocol")
                if extra.get(k)
            }
            found["COVERS_WAREHOUSE"] = f"snowflake://{quote(needed(c, 'login'), safe='')}@{account}/{path}?{urlencode(query)}"
        if extra.get("private_key_file"):
            raise CredentialError(
                f"connection {connection}: a step cannot read the worker's private_key_file; use private_key_content"
            )
        if key := extra.get("private_key_content"):
            found["COVERS_SNOWFLAKE_PRIVATE_KEY"] = _pem(c, key)
            if c.password:
                found["COVERS_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"] = c.password
        else:
            found["COVERS_SNOWFLAKE_PASSWORD"] = needed(c, "password")
        return found

    return Credential(connection, variables, public=frozenset({"COVERS_WAREHOUSE"}))


_PEM = "-----BEGIN"


def _pem(c: Any, key: str) -> str:
    if key.lstrip().startswith(_PEM):
        return key
    try:
        decoded = b64decode("".join(key.split()), validate=True).decode()
    except ValueError:
        decoded = ""
    if not decoded.lstrip().startswith(_PEM):
        raise CredentialError(f"connection {c.conn_id}: private_key_content is neither PEM nor base64 of it")
    return decoded


def _url(c: Any) -> str:
    url = c.host if "://" in c.host else f"{c.schema or 'https'}://{c.host}"
    return f"{url}:{c.port}" if c.port else url
