"""Every exception Seamark raises on purpose, split by who has to act.

    SeamarkError
    ├── InvalidInput        the caller sent something wrong: change it and send again   (HTTP 422, exit 2)
    │   ├── Malformed           the bytes are not the format they claim to be               (HTTP 400)
    │   ├── TooLarge        over a configured limit                                     (HTTP 413)
    │   └── InvalidConfig   a key of seamark.toml is wrong
    ├── Unauthorised        no token, a wrong one, or one without the right             (HTTP 401)
    ├── NotFound            the named thing does not exist                              (HTTP 404)
    ├── Conflict            it exists, but in a state that forbids this                 (HTTP 409)
    ├── Unavailable         try again later                                             (HTTP 503)
    │   ├── Overloaded      the queue is full: try again after `retry_after_seconds`    (HTTP 429)
    │   └── DiskFull        no room for more until somebody makes some                  (HTTP 507)
    └── Corrupt             stored data contradicts itself: stop and look               (HTTP 500)

Messages are whole sentences: what was wrong, the offending value, what would be accepted.
"""

from __future__ import annotations


class SeamarkError(Exception):
    """Base of every error raised on purpose."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(SeamarkError):
    """The caller sent something wrong.

    `field`, `row` (0-based) and `value` locate it; `accepted` says what would have been taken.
    """

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        row: int | None = None,
        value: object = None,
        accepted: str | None = None,
    ) -> None:
        super().__init__(message)
        self.field = field
        self.row = row
        self.value = value
        self.accepted = accepted


class Malformed(InvalidInput):
    """The bytes are not the format they claim to be (broken JSON, Arrow, gzip, UTF-8)."""


class TooLarge(InvalidInput):
    """The input is over a configured limit."""


class InvalidConfig(InvalidInput):
    """A key of the configuration is wrong; `field` is its dotted path."""


class Unauthorised(SeamarkError):
    """The request carries no token, an unknown one, or one without the right."""


class NotFound(SeamarkError):
    """The named thing does not exist."""


class Conflict(SeamarkError):
    """The named thing exists, but in a state that forbids what was asked."""


class Unavailable(SeamarkError):
    """Seamark cannot do this now; the same request may succeed later."""


class Overloaded(Unavailable):
    """A bounded queue is full."""

    def __init__(self, message: str, *, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class DiskFull(Unavailable):
    """The disk has no room for more, or only what is kept for what was accepted before."""


class Corrupt(SeamarkError):
    """Stored data contradicts itself; going on would spread the damage."""
