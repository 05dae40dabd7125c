"""Why a row never reached the server; each reason is a counter of its own."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The key of `client.stats.dropped`, and of the `dropped` a batch reports to the server."""

    BUFFER_FULL = "buffer_full"  # logged faster than the server takes it, or the server is away
    CLOSED = "closed"  # logged after close(), or not delivered when its time was over
    INVALID_ID = "invalid_id"
    INVALID_TIME = "invalid_time"
    INVALID_WEIGHT = "invalid_weight"
    INVALID_OUTCOME = "invalid_outcome"  # no values
    INVALID_CHANGE = "invalid_change"  # of no known kind
    INVALID_BATCH = "invalid_batch"  # log_batch could not make equally long columns of it; counts once a call
    UNREADABLE = "unreadable"  # an argument's own code raised
    REFUSED = "refused"  # the server took the batch but not this row
    REJECTED = "rejected"  # the server refused the whole batch: 3xx, or a 4xx with no line of its own here
    UNAUTHORISED = "unauthorised"  # 401, 403
    NOT_FOUND = "not_found"  # 404: a model that is not created by itself, or not a Seamark server
    TOO_LARGE = "too_large"  # 413
    SERVER_ERROR = "server_error"  # the same batch failed inside the server, again and again


class Refused(Exception):
    """This row is not sent; `why` is the sentence of the warning."""

    def __init__(self, reason: Reason, why: str) -> None:
        super().__init__(why)
        self.reason = reason
        self.why = why


def unreadable(error: Exception) -> str:
    """The sentence for an argument whose own code raised. Its message is not asked for: that could raise again."""
    return f"Reading an argument raised {type(error).__name__}."
