"""An API token as stored: never the secret, only its hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

_PREFIX = "smk_"  # lets scanners of leaked secrets recognise one
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class StoredToken:
    """`digest` is SHA-256 of the secret (which has 256 random bits, so no salt or stretching helps)."""

    id: str
    name: str
    project: str
    digest: str
    created_us: int
    revoked_us: int | None = None


def issue(name: str, project: str, now_us: int) -> tuple[StoredToken, str]:
    """A new token and its secret, which exists nowhere else and can be shown only now."""
    secret = _PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    return StoredToken(f"tok_{secrets.token_hex(4)}", name, project, digest_of(secret), now_us), secret


def digest_of(secret: str) -> str:
    """What a presented secret is looked up by."""
    return hashlib.sha256(secret.encode()).hexdigest()
