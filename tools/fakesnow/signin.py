"""Signing in: who it is, by a key that the account knows, and as what.

https://docs.snowflake.com/en/user-guide/key-pair-auth
https://docs.snowflake.com/en/user-guide/key-pair-auth-troubleshooting
"""

import base64
import hashlib
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization

from account import Account, User


class RefusedError(Exception):
    """A sign-in that is refused, with Snowflake's number."""

    def __init__(self, number: int, text: str):
        super().__init__(text)
        self.number, self.text = number, text


def key_of(text: str) -> Any:
    return serialization.load_der_public_key(base64.b64decode(text))


def fingerprint(text: str) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(base64.b64decode(text)).digest()).decode()


def by_token(account: Account, named: str, token: str) -> tuple[str, User]:
    """Return whose token it is, signed by one of the user's keys. Not every driver names the user beside it."""
    no = RefusedError(390144, "JWT token is invalid.")
    try:
        _, name = jwt.decode(token, options={"verify_signature": False})["sub"].split(".")
        user = account.users[name]
    except (jwt.PyJWTError, KeyError, ValueError):
        raise no from None
    for key in user.keys:
        try:
            claims = jwt.decode(token, key_of(key), algorithms=["RS256"], options={"require": ["iss", "sub", "iat", "exp"]})
        except (jwt.PyJWTError, ValueError):
            continue
        if named.split(".")[0] + "." + name == claims["sub"] and claims["iss"] == f"{claims['sub']}.{fingerprint(key)}":
            return name, user
    raise no


def sign_in(account: Account, data: dict[str, Any]) -> tuple[str, User]:
    """Return who signs in with a login request's data."""
    name, by = str(data.get("LOGIN_NAME", "")).upper(), str(data.get("AUTHENTICATOR", "SNOWFLAKE")).upper()
    user = account.users.get(name)
    if by == "SNOWFLAKE_JWT":
        return by_token(account, str(data.get("ACCOUNT_NAME", "")).upper(), str(data.get("TOKEN", "")))
    # A service user has no password: https://docs.snowflake.com/en/sql-reference/sql/create-user
    if user is None or user.service or not data.get("PASSWORD"):
        raise RefusedError(390100, "Incorrect username or password was specified.")
    return name, user
