"""The forms of time in OpenTable's parameters, for schemathesis: without them it would invent days that no month has."""

import datetime

import schemathesis
from hypothesis import strategies

moments = strategies.datetimes(min_value=datetime.datetime(1970, 1, 1), max_value=datetime.datetime(2099, 12, 31))
seconds = "%Y-%m-%dT%H:%M:%S"

schemathesis.openapi.format("local-seconds", moments.map(lambda t: t.strftime(seconds)))
schemathesis.openapi.format("utc-milliseconds", moments.map(lambda t: f"{t.strftime(seconds)}.{t.microsecond // 1000:03d}Z"))
