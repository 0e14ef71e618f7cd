"""Which Airflow connections become which variables of a step.

A DAG file or a contract names credentials; the connections are read when the task executes, and their values go to the step
alone: not into a template, a log, a label or a pod. On Kubernetes the connection is not read: a secret takes its place whose keys
are the variables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException
from airflow.sdk.log import mask_secret

if TYPE_CHECKING:
    from airflow.sdk import Connection


class CredentialError(AirflowFailException):
    """Says what a connection lacks; never holds a value of it."""


@dataclass(frozen=True)
class Bearer:
    """Who gets credentials.

    :param step: the step
    :param name: DAG, task and run, for the log of who gave them
    :param duration: how long the step may run; None where nobody says
    """

    step: str
    name: str
    duration: timedelta | None


@dataclass(frozen=True)
class Credential:
    """What a connection becomes.

    :param connection: its id
    :param variables: returns the variables that it becomes
    :param optional: whether a step may do without it on Kubernetes
    :param public: those of its variables that are no secret; all others are masked in the log
    :param session: makes of the variables those that one run of a step gets in their place, such as for a role
    """

    connection: str
    variables: Callable[[Connection], dict[str, str]]
    optional: bool = False
    public: frozenset[str] = frozenset()
    session: Callable[[Connection, dict[str, str], Bearer], dict[str, str]] | None = None


def from_connection(connection: str, **variables: str) -> Credential:
    """Return a credential whose variables are fields of a connection.

    from_connection("shop", password="SHOP_TOKEN") makes the password of the connection shop the variable SHOP_TOKEN. Each
    field, such as login, password, host or schema, has to be there. What stands in the extra takes a Credential of its own.
    """
    return Credential(
        connection,
        lambda c: {variable: str(needed(c, field)) for field, variable in variables.items()},
        public=frozenset(variable for field, variable in variables.items() if field in ("host", "port", "schema")),
    )


def aws(connection: str) -> Credential:
    """Return the credential of AWS, such as S3.

    The connection is of type aws: access key and secret are login and password, or stand in the extra, which may also have
    region_name, endpoint_url and aws_session_token. Without a key the step uses the role of its machine or, on Kubernetes, of
    its pod. With a role_arn, in which {step} may stand, the worker takes that role for each run of a step, with the key or as
    what it is itself, and the step gets that session alone; external_id and assume_role_kwargs are the request's, and
    service_config.sts.endpoint_url where it is sent to.
    """

    def variables(c: Connection) -> dict[str, str]:
        extra = c.extra_dejson
        unknown = {"profile_name"} & extra.keys()
        if extra.get("assume_role_method", "assume_role") != "assume_role":
            unknown.add("assume_role_method")
        if unknown:
            raise CredentialError(
                f"connection {connection}: {', '.join(sorted(unknown))} cannot be passed to a step; use role_arn, "
                "or give its machine or pod the role"
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

    def session(c: Connection, found: dict[str, str], bearer: Bearer) -> dict[str, str]:
        from container_steps import aws_role  # not needed to parse a DAG

        return aws_role.session(c, found, bearer)

    public = frozenset({"AWS_REGION", "AWS_ENDPOINT_URL"})
    return Credential(connection, variables, optional=True, public=public, session=session)


def read(credentials: Iterable[Credential], bearer: Bearer) -> dict[str, str]:
    """Return the variables of all credentials, and mask the secret ones in the log; CredentialError says what is missing."""
    from airflow.sdk import BaseHook

    found: dict[str, str] = {}
    for credential in credentials:
        connection = BaseHook.get_connection(credential.connection)
        variables = credential.variables(connection)
        if credential.session is not None:
            variables = credential.session(connection, variables, bearer)
        for name, value in variables.items():
            if name not in credential.public:
                mask_secret(value)
        found.update(variables)
    return found


def needed(c: Any, field: str) -> str:
    """Return a field of a connection; CredentialError where it is empty."""
    value: str = getattr(c, field)
    if not value:
        raise CredentialError(f"connection {c.conn_id} has no {field}")
    return value


def needed_extra(c: Any, field: str) -> str:
    """Return a field of a connection's extra; CredentialError where it is empty."""
    value: str = c.extra_dejson.get(field)
    if not value:
        raise CredentialError(f"connection {c.conn_id} has no {field} in its extra")
    return value
