"""Which Airflow connections become which variables of a step.

A DAG file names credentials; the connections are read when the task executes, and their values go to the step alone: not into a
template, a log, a label or a pod. On Kubernetes the connection is not read: a secret takes its place whose keys are the
variables (docs/kubernetes.md names them), such as COVERS_OPENTABLE_CLIENT_ID.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.log import mask_secret

from container_steps import settings
from container_steps.steps import known

if TYPE_CHECKING:
    from airflow.sdk import Connection


class CredentialError(AirflowFailException):
    """Says what a connection lacks; never holds a value of it."""


@dataclass(frozen=True)
class Credential:
    """A connection's id, the variables it becomes, and whether a step may do without it on Kubernetes."""

    connection: str
    variables: Callable[[Connection], dict[str, str]]
    optional: bool = False


def platform(name: str, connection: str = "") -> Credential:
    """Return a booking platform's credential, as restaurants.yaml names it; the connection is "covers_NAME" unless told.

    The connection is of type http: login is the client's id and password its secret. For the names opentable and thefork, host
    (with schema and port) is the API's URL in place of restaurants.yaml's, and the extra auth_url that of the tokens, where they
    are set.
    """

    def variables(c: Connection) -> dict[str, str]:
        prefix = f"COVERS_{name.upper()}"
        found = {f"{prefix}_CLIENT_ID": _needed(c, "login"), f"{prefix}_CLIENT_SECRET": _needed(c, "password")}
        if c.host:
            found[f"{prefix}_URL"] = _url(c)
        if auth := c.extra_dejson.get("auth_url"):
            found[f"{prefix}_AUTH_URL"] = auth
        return found

    return Credential(connection or f"covers_{name}", variables)


def token_key(connection: str = "covers_token_key") -> Credential:
    """Return the key of the tokens: the connection's password is COVERS_TOKEN_KEY."""
    return Credential(connection, lambda c: {"COVERS_TOKEN_KEY": _needed(c, "password")})


def aws(connection: str = "covers_lake") -> Credential:
    """Return the credential of the lake on S3.

    The connection is of type aws: access key and secret are login and password, or stand in the extra, which may also have
    region_name, endpoint_url and aws_session_token. Without a key the step uses the role of its machine or, on Kubernetes, of
    its pod.
    """

    def variables(c: Connection) -> dict[str, str]:
        extra = c.extra_dejson
        unknown = {"role_arn", "profile_name", "assume_role_method"} & extra.keys()
        if unknown:
            raise CredentialError(
                f"connection {connection}: {', '.join(sorted(unknown))} cannot be passed to a step; "
                "give its machine or pod the role"
            )
        found = {
            "AWS_ACCESS_KEY_ID": c.login or extra.get("aws_access_key_id"),
            "AWS_SECRET_ACCESS_KEY": c.password or extra.get("aws_secret_access_key"),
            "AWS_SESSION_TOKEN": extra.get("aws_session_token"),
            "AWS_REGION": extra.get("region_name"),
            "AWS_ENDPOINT_URL": extra.get("endpoint_url"),
        }
        if bool(found["AWS_ACCESS_KEY_ID"]) != bool(found["AWS_SECRET_ACCESS_KEY"]):
            raise CredentialError(f"connection {connection}: it has one of access key and secret, and needs both or none")
        return {name: value for name, value in found.items() if value}

    return Credential(connection, variables, optional=True)


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
            path = f"{_needed_extra(c, 'database')}/{c.schema or extra.get('schema') or 'MAIN'}"
            query = {
                k: str(extra[k])
                for k in ("warehouse", "role", "stage", "storage_integration", "host", "port", "protocol")
                if extra.get(k)
            }
            found["COVERS_WAREHOUSE"] = f"snowflake://{quote(_needed(c, 'login'), safe='')}@{account}/{path}?{urlencode(query)}"
        if extra.get("private_key_file"):
            raise CredentialError(
                f"connection {connection}: a step cannot read the worker's private_key_file; use private_key_content"
            )
        if key := extra.get("private_key_content"):
            found["COVERS_SNOWFLAKE_PRIVATE_KEY"] = _pem(c, key)
            if c.password:
                found["COVERS_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"] = c.password
        else:
            found["COVERS_SNOWFLAKE_PASSWORD"] = _needed(c, "password")
        return found

    return Credential(connection, variables)


def of_step(step: str, named: Iterable[Credential | str]) -> list[Credential]:
    """Return the credentials that a DAG file names (a text is a platform's), and those that the settings give to the step."""
    found = [platform(n) if isinstance(n, str) else n for n in named]
    if connection := settings.get("lake_connection"):
        found.append(aws(connection))
    if known(step).warehouse and (connection := settings.get("warehouse_connection")):
        found.append(snowflake(connection))
    if known(step).token_key and (connection := settings.get("token_key_connection")):
        found.append(token_key(connection))
    return found


_PEM = "-----BEGIN"
_OPEN = frozenset({"AWS_REGION", "AWS_ENDPOINT_URL", "COVERS_WAREHOUSE"})


def read(credentials: Iterable[Credential]) -> dict[str, str]:
    """Return the variables of all credentials, and mask the secret ones in the log; CredentialError says what is missing."""
    from airflow.sdk import BaseHook

    found: dict[str, str] = {}
    for credential in credentials:
        variables = credential.variables(BaseHook.get_connection(credential.connection))
        for name, value in variables.items():
            if name not in _OPEN and not name.endswith("_URL"):
                mask_secret(value)
        found.update(variables)
    return found


def _needed(c: Any, field: str) -> str:
    value: str = getattr(c, field)
    if not value:
        raise CredentialError(f"connection {c.conn_id} has no {field}")
    return value


def _needed_extra(c: Any, field: str) -> str:
    value: str = c.extra_dejson.get(field)
    if not value:
        raise CredentialError(f"connection {c.conn_id} has no {field} in its extra")
    return value


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
