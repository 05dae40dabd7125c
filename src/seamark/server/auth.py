"""Who is knocking: bearer tokens, compared by hash in constant time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seamark import clock
from seamark.errors import Unauthorised
from seamark.records.token import StoredToken

DEFAULT_PROJECT = "default"
_CACHE_SECONDS = 2.0  # a token made or revoked by another process is noticed after so long


@dataclass(frozen=True, slots=True)
class Caller:
    """`project` is what the token opens, `name` the token's; "" where no token is needed."""

    project: str
    name: str


class Gate:
    """Decides who is calling."""

    def __init__(self, tokens: Callable[[], Sequence[StoredToken]], host: str) -> None:
        self._read = tokens
        self._loopback = is_loopback(host)
        self._tokens: tuple[StoredToken, ...] = ()
        self._read_at = float("-inf")

    def open_to_all(self) -> bool:
        """Whether no token is needed: nobody but this machine can knock, and no token was ever made.

        A revoked one counts: taking a token away must never let more people in.
        """
        return self._loopback and not self._known()

    def caller(self, authorization: str) -> Caller:
        """Who comes with an `Authorization` header; raises Unauthorised."""
        if self.open_to_all():
            return Caller(DEFAULT_PROJECT, "")
        secret = _secret(authorization)
        if not secret:
            raise Unauthorised("This needs a token: send the header 'Authorization: Bearer TOKEN'.")
        digest = hashlib.sha256(secret.encode()).hexdigest()
        found = [token for token in self._known() if hmac.compare_digest(token.digest, digest)]
        if not found or found[0].revoked_us is not None:
            raise Unauthorised("The token is unknown or revoked; 'seamark token create' makes a new one.")
        return Caller(found[0].project, found[0].name)

    def _known(self) -> tuple[StoredToken, ...]:
        """Every token, revoked ones too."""
        now = clock.monotonic_seconds()
        if now - self._read_at > _CACHE_SECONDS:
            self._tokens = tuple(self._read())
            self._read_at = now
        return self._tokens


def _secret(authorization: str) -> str:
    """The token of an `Authorization` header; "" without one.

    Basic is for senders that can be given nothing but an address, as in https://token:TOKEN@host.
    """
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return secret.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(secret.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def is_loopback(host: str) -> bool:
    """Whether an address or name means this machine alone."""
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
