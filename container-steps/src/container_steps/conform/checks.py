"""All checks, in the order of their numbers."""

from __future__ import annotations

from container_steps.conform import end_checks as end
from container_steps.conform import image_checks as image
from container_steps.conform import log_checks as log
from container_steps.conform import result_checks as result
from container_steps.conform import sandbox_checks as sandbox
from container_steps.conform import secret_checks as secret
from container_steps.conform.check import Check

CHECKS: list[Check] = [
    image.entrypoint,
    image.stop_signal,
    image.own_user,
    image.no_volume,
    image.no_secret_inside,
    sandbox.user,
    sandbox.read_only,
    sandbox.unprivileged,
    sandbox.no_execution,
    result.one_line,
    result.plain,
    result.conforms,
    result.small,
    result.handed_over,
    result.agrees,
    result.says_why,
    log.lines,
    log.short,
    log.time,
    end.succeeds,
    end.refuses,
    end.stops,
    end.stopped_is_tried_again,
    end.succeeds_again,
    end.same_result,
    secret.no_secret_shown,
]
