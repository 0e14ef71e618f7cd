"""The role that a connection of AWS names: the worker takes it for one run of a step, and the step gets that alone."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import structlog

from container_steps.credentials import Bearer, CredentialError
from container_steps.exits import StepFailedError

if TYPE_CHECKING:
    from airflow.sdk import Connection

SHORTEST, SURE, LONGEST = 900, 3600, 43200
"""Seconds that a session may last: at least, for every role and for whoever has taken a role already, and at most."""

_NAME = 64  # characters of a session's name

_log = structlog.get_logger(__name__)


def session(c: Connection, own: dict[str, str], bearer: Bearer) -> dict[str, str]:
    """Return what a step gets: its own session of the role, or what the connection holds where it names none.

    The role_arn may hold {step}, so that each step has its own role.
    """
    extra = c.extra_dejson
    if not extra.get("role_arn"):
        return own
    arn = str(extra["role_arn"]).replace("{step}", bearer.step)
    request = {"RoleArn": arn, "RoleSessionName": session_name(bearer), **(extra.get("assume_role_kwargs") or {})}
    if extra.get("external_id"):
        request["ExternalId"] = extra["external_id"]
    seconds = int(bearer.duration.total_seconds()) if bearer.duration else SURE
    request.setdefault("DurationSeconds", max(SHORTEST, min(seconds, LONGEST)))
    taken = _assume(c, own, arn, request)
    found = {
        "AWS_ACCESS_KEY_ID": taken["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
        "AWS_SESSION_TOKEN": taken["SessionToken"],
    }
    return {**{name: own[name] for name in ("AWS_REGION", "AWS_ENDPOINT_URL") if name in own}, **found}


def session_name(bearer: Bearer) -> str:
    """Return the name by which AWS's own log calls the session: DAG, task and run, as far as a name may hold them."""
    name = re.sub(r"[^\w+=,.@-]", "-", bearer.name, flags=re.ASCII)
    if len(name) <= _NAME:
        return name
    digest = hashlib.sha256(bearer.name.encode()).hexdigest()[:8]
    return f"{name[: _NAME - len(digest) - 1]}-{digest}"


def _assume(c: Connection, own: dict[str, str], arn: str, request: dict[str, Any]) -> dict[str, str]:
    """Ask for the session, and for a shorter one where the role, or what the worker is, allows no longer."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, ParamValidationError
    except ImportError:
        raise CredentialError(
            f"connection {c.conn_id} has a role_arn, and the worker lacks the package botocore to take it: install "
            "container-steps[aws] or apache-airflow-providers-amazon"
        ) from None
    try:
        client = _client(c, own)
        try:
            answer = client.assume_role(**request)
        except ClientError as e:
            if not _is_too_long(e) or request["DurationSeconds"] <= SURE:
                raise
            _log.info(
                "the role %s gives no session of %s s: taking one of %s s. A step that runs longer is not authorised any more; "
                "next, where one does: raise the role's max_session_duration, and let no role but a user's key take it",
                arn,
                request["DurationSeconds"],
                SURE,
            )
            answer = client.assume_role(**(request | {"DurationSeconds": SURE}))
    except ClientError as e:
        code = e.response.get("Error", {}).get("Code", "")
        text = f"connection {c.conn_id}: AWS did not give the role {arn} ({code})"
        if e.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500 or "Throttl" in code:
            raise StepFailedError(text) from None
        raise CredentialError(
            f"{text}: see that the role is there, that its trust policy names whom the worker is, and the external id"
        ) from None
    except NoCredentialsError:
        raise CredentialError(
            f"connection {c.conn_id}: it has no key, and the worker has no role with which to take {arn}"
        ) from None
    except NoRegionError:
        raise CredentialError(f"connection {c.conn_id} has no region_name in its extra, and the worker has none") from None
    except (ParamValidationError, ValueError) as e:
        raise CredentialError(f"connection {c.conn_id}: the role {arn} cannot be asked for: {type(e).__name__}") from None
    except BotoCoreError as e:
        raise StepFailedError(f"connection {c.conn_id}: AWS cannot be asked for the role {arn}: {e}") from e
    taken: dict[str, str] = answer["Credentials"]
    return taken


def _client(c: Connection, own: dict[str, str]) -> Any:
    from botocore.session import Session

    service = (c.extra_dejson.get("service_config") or {}).get("sts") or {}
    return Session().create_client(
        "sts",
        region_name=own.get("AWS_REGION"),
        endpoint_url=service.get("endpoint_url") or own.get("AWS_ENDPOINT_URL"),
        aws_access_key_id=own.get("AWS_ACCESS_KEY_ID"),
        aws_secret_access_key=own.get("AWS_SECRET_ACCESS_KEY"),
        aws_session_token=own.get("AWS_SESSION_TOKEN"),
    )


def _is_too_long(e: Any) -> bool:
    error = e.response.get("Error", {})
    return error.get("Code") == "ValidationError" and "DurationSeconds" in error.get("Message", "")
