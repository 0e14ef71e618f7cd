"""What a step gets of Airflow's connections."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from container_steps import Credential, CredentialError, aws, credentials, from_connection
from parcels import CONTRACT, shop, step
from reading import Connect
from running import run_task


def test_fields_of_a_connection_become_variables(connection: Connect) -> None:
    assert connection(shop, conn_type="http", login="i", password="s") == {"PARCELS_SHOP_ID": "i", "PARCELS_SHOP_SECRET": "s"}
    books = from_connection("books", host="BOOKS_HOST", port="BOOKS_PORT", schema="BOOKS_NAME")
    assert connection(books, conn_type="postgres", host="db.example.com", port=5432, schema="main") == {
        "BOOKS_HOST": "db.example.com",
        "BOOKS_PORT": "5432",
        "BOOKS_NAME": "main",
    }


def test_all_but_the_place_is_masked(connection: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    masked: list[str] = []
    monkeypatch.setattr(credentials, "mask_secret", masked.append)
    books = from_connection("books", login="BOOKS_USER", password="BOOKS_PASSWORD", host="BOOKS_HOST")
    connection(books, conn_type="postgres", login="the-id", password="the-secret", host="db.example.com")
    connection(aws("lake"), conn_type="aws", login="the-key", password="the-word", extra={"region_name": "eu-west-1"})
    assert sorted(masked) == ["the-id", "the-key", "the-secret", "the-word"]


def test_an_aws_connection(connection: Connect) -> None:
    assert connection(
        aws("lake"),
        conn_type="aws",
        login="AK",
        password="SK",
        extra={"region_name": "eu-west-1", "endpoint_url": "http://s3:7070", "aws_session_token": "T"},
    ) == {
        "AWS_ACCESS_KEY_ID": "AK",
        "AWS_SECRET_ACCESS_KEY": "SK",
        "AWS_SESSION_TOKEN": "T",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://s3:7070",
    }
    assert connection(aws("lake"), conn_type="aws", extra={"region_name": "eu-west-1"}) == {"AWS_REGION": "eu-west-1"}


@pytest.mark.parametrize(
    ("credential", "fields", "says"),
    [
        (shop, {"conn_type": "http", "login": "SECRET"}, "connection parcels_shop has no password"),
        (aws("lake"), {"conn_type": "aws", "login": "SECRET"}, "one of access key and secret"),
        (aws("lake"), {"conn_type": "aws", "extra": {"profile_name": "SECRET"}}, "profile_name"),
        (aws("lake"), {"conn_type": "aws", "extra": {"role_arn": "a", "assume_role_method": "SECRET"}}, "assume_role_method"),
    ],
)
def test_what_a_connection_lacks_is_said_without_its_values(
    connection: Connect, credential: Credential, fields: dict[str, Any], says: str
) -> None:
    with pytest.raises(CredentialError, match=says) as e:
        connection(credential, **fields)
    assert "SECRET" not in str(e.value)


def test_the_contract_gives_credentials_beside_those_of_the_dag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PARCELS__DEPOT_CONNECTION", "the_depot")
    assert [c.connection for c in step("x", "extract", credentials=[shop]).credential_list] == ["parcels_shop", "the_depot"]
    assert [c.connection for c in step("x", "stamp").credential_list] == ["the_depot", "parcels_stamp"]
    monkeypatch.delenv("AIRFLOW__PARCELS__DEPOT_CONNECTION")
    assert list(CONTRACT.credentials("extract", CONTRACT.settings)) == []


def test_a_wrong_connection_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, connection: Connect) -> None:
    program = tmp_path / "stamp"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("AIRFLOW__PARCELS__RUNTIME", "process")
    monkeypatch.setenv("AIRFLOW__PARCELS__PROCESS_PROGRAM", f"{tmp_path}/{{step}}")
    with pytest.raises(CredentialError):
        connection(from_connection("parcels_stamp", password="PARCELS_STAMP"), conn_type="generic")
    ran = run_task(lambda: step("stamp", "stamp"))
    assert (ran.state, "has no password" in str(ran.error)) == ("failed", True)
