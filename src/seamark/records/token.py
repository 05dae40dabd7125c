"""An API token as stored: never the secret, only its hash."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredToken:
    """`digest` is SHA-256 of the secret (which has 256 random bits, so no salt or stretching helps)."""

    id: str
    name: str
    project: str
    digest: str
    created_us: int
    revoked_us: int | None = None
