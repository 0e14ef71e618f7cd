"""Which connections become which variables of Covers' steps."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from container_steps import Credential, CredentialError, credentials
from covers_airflow import CONTRACT, platform, snowflake, token_key
from reading import Connect


def test_a_platforms_connection(connection: Connect) -> None:
    assert connection(platform("opentable"), conn_type="http", login="i", password="s") == {
        "COVERS_OPENTABLE_CLIENT_ID": "i",
        "COVERS_OPENTABLE_CLIENT_SECRET": "s",
    }
    assert connection(
        platform("thefork", "mock"),
        conn_type="http",
        login="i",
        password="s",
        host="mockapi",
        schema="http",
        port=8080,
        extra={"auth_url": "http://mockapi:8080"},
    ) == {
        "COVERS_THEFORK_CLIENT_ID": "i",
        "COVERS_THEFORK_CLIENT_SECRET": "s",
        "COVERS_THEFORK_URL": "http://mockapi:8080",
        "COVERS_THEFORK_AUTH_URL": "http://mockapi:8080",
    }


def test_a_snowflake_connection(connection: Connect) -> None:
    extra = {"account": "ORG-ACC", "database": "COVERS", "warehouse": "WH", "role": "R&D", "stage": "COVERS.EXTERNAL.PROCESSED"}
    key = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nx\n-----END ENCRYPTED PRIVATE KEY-----\n"
    url = "snowflake://COVERS_LOAD@ORG-ACC/COVERS/MAIN?warehouse=WH&role=R%26D&stage=COVERS.EXTERNAL.PROCESSED"
    assert connection(
        snowflake(), conn_type="snowflake", login="COVERS_LOAD", password="P", extra=extra | {"private_key_content": key}
    ) == {"COVERS_WAREHOUSE": url, "COVERS_SNOWFLAKE_PRIVATE_KEY": key, "COVERS_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": "P"}
    for wrapped in (base64.b64encode, base64.encodebytes):  # as the provider's own connections hold it
        in_base64 = extra | {"private_key_content": wrapped(key.encode()).decode()}
        found = connection(snowflake(), conn_type="snowflake", login="COVERS_LOAD", password="P", extra=in_base64)
        assert found["COVERS_SNOWFLAKE_PRIVATE_KEY"] == key
    assert connection(snowflake(), conn_type="snowflake", login="COVERS_LOAD", password="P", extra=extra) == {
        "COVERS_WAREHOUSE": url,
        "COVERS_SNOWFLAKE_PASSWORD": "P",
    }


def test_a_decoded_key_is_masked(connection: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    masked: list[str] = []
    monkeypatch.setattr(credentials, "mask_secret", masked.append)
    extra = {"private_key_content": base64.b64encode(b"-----BEGIN PRIVATE KEY-----\nx\n").decode()}
    connection(snowflake(), conn_type="snowflake", login="u", extra=extra)
    assert masked == ["-----BEGIN PRIVATE KEY-----\nx\n"]


def test_the_token_keys_connection(connection: Connect) -> None:
    assert connection(token_key(), conn_type="generic", password="k") == {"COVERS_TOKEN_KEY": "k"}


@pytest.mark.parametrize(
    ("credential", "fields", "says"),
    [
        (platform("opentable"), {"conn_type": "http", "login": "i"}, "has no password"),
        (snowflake(), {"conn_type": "snowflake", "login": "u", "password": "SECRET", "extra": {"account": "a"}}, "no database"),
        (snowflake(), {"conn_type": "snowflake", "login": "u", "extra": {"private_key_file": "/x"}}, "private_key_content"),
        *[
            (
                snowflake(),
                {"conn_type": "snowflake", "login": "u", "extra": {"private_key_content": text}},
                "neither PEM nor base64 of it",
            )
            for text in ("SECRET", "SECRETÉ", "U0VDUkVU", "/////w==")
        ],
        (token_key(), {"conn_type": "generic"}, "has no password"),
    ],
)
def test_what_a_connection_lacks_is_said_without_its_values(
    connection: Connect, credential: Credential, fields: dict[str, Any], says: str
) -> None:
    with pytest.raises(CredentialError, match=says) as e:
        connection(credential, **fields)
    assert "SECRET" not in str(e.value)


@pytest.mark.parametrize(
    ("step", "connections"),
    [
        ("extract", ["lake"]),
        ("validate", ["lake", "covers_token_key"]),
        ("load", ["lake", "wh"]),
        ("report", ["lake", "wh"]),
        ("care", ["lake", "wh"]),
    ],
)
def test_credentials_that_follow_from_the_settings(monkeypatch: pytest.MonkeyPatch, step: str, connections: list[str]) -> None:
    monkeypatch.setenv("AIRFLOW__COVERS__LAKE_CONNECTION", "lake")
    monkeypatch.setenv("AIRFLOW__COVERS__WAREHOUSE_CONNECTION", "wh")
    assert [c.connection for c in CONTRACT.credentials(step, CONTRACT.settings)] == connections


def test_addresses_are_no_secrets(connection: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    masked: list[str] = []
    monkeypatch.setattr(credentials, "mask_secret", masked.append)
    extra = {"auth_url": "http://auth"}
    connection(platform("opentable"), conn_type="http", login="i", password="s", host="api", extra=extra)
    extra = {"account": "a", "database": "d"}
    connection(snowflake(), conn_type="snowflake", login="u", password="p", extra=extra)
    assert masked == ["i", "s", "p"]
