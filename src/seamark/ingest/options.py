"""What an owner may say about ingest (`[ingest]` in seamark.toml); every field has a default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from seamark.errors import InvalidConfig
from seamark.records.options import FeatureOptions, Handling, require
from seamark.records.secret import Secret
from seamark.wire.limits import Limits

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """Bounds on what is taken in, and how it is committed."""

    max_body_bytes: int = 64 * _MIB  # of one request, as sent
    max_decompressed_bytes: int = 256 * _MIB  # of one request, after gzip or zstd
    max_rows: int = 100_000  # of one batch
    max_baseline_rows: int = 1_000_000  # of one reference data set
    max_columns: int = 2_000  # of one batch
    max_string_chars: int = 1_024  # longer feature values are cut, and counted
    max_nesting: int = 32  # levels of a feature value that is itself JSON
    max_future_seconds: int = 600  # a time may be ahead of the server's clock
    body_timeout_seconds: int = 60  # to receive one request
    queue_rows: int = 200_000  # accepted but not yet committed; beyond it callers get 429
    queue_bytes: int = 256 * _MIB
    commit_rows: int = 100_000  # at most this many rows in one transaction
    commit_interval_ms: int = 15  # the longest that a transaction waits for as many batches as shared the last one
    drain_seconds: int = 30  # to commit what is queued when the server stops
    auto_create: bool = True  # a new model name makes a new model
    hash_key: Secret | None = None  # of features that are stored hashed

    def __post_init__(self) -> None:
        """Raises InvalidInput for a bound that would let nothing in."""
        for each in fields(self):
            if each.name not in ("auto_create", "hash_key"):
                require(self, each.name, getattr(self, each.name) >= 1, "at least 1")

    @property
    def limits(self) -> Limits:
        """What the decoders of batches need to know."""
        return Limits(
            max_rows=self.max_rows,
            max_columns=self.max_columns,
            max_string_chars=self.max_string_chars,
            max_nesting=self.max_nesting,
            max_decoded_bytes=self.max_decompressed_bytes,
            max_future_seconds=self.max_future_seconds,
        )


@dataclass(frozen=True, slots=True)
class MetricsOptions:
    """What is kept of the infrastructure and serving layers (`[metrics]` in seamark.toml)."""

    flush_seconds: float = 15.0  # between two writes; a crash loses the gauges and deltas since the last one
    max_series: int = 50_000  # that a project may have stored
    max_sent_series: int = 200_000  # that senders may name, several for each stored one (a histogram's buckets, say)
    max_age_seconds: int = 86_400  # older samples are rejected
    max_future_seconds: int = 600  # a sample may be ahead of the server's clock
    minutes_days: int = 7  # older minutes are kept as points of 5 minutes
    five_minutes_days: int = 30  # older ones as hours
    keep_days: int = 90
    stacks: tuple[str, ...] = ()  # files with stack profiles of your own

    def __post_init__(self) -> None:
        """Raises InvalidInput for bounds that would let nothing in, or keep nothing."""
        for each in fields(self):
            if each.name != "stacks":
                require(self, each.name, getattr(self, each.name) > 0, "above 0")
        fine = self.minutes_days <= self.five_minutes_days <= self.keep_days
        require(self, "five_minutes_days", fine, "between minutes_days and keep_days")


@dataclass(frozen=True, slots=True)
class InferenceLogOptions:
    """How requests and responses that serving stacks log are brought together (`[inference_log]` in seamark.toml)."""

    every_seconds: float = 0.5  # between two times that what has come is read; a crash loses what came since
    join_seconds: float = 300.0  # a half waits so long for its other half
    max_waiting_bytes: int = 64 * _MIB  # of halves that wait for their others, and again of what waits to be read

    def __post_init__(self) -> None:
        """Raises InvalidInput for bounds that would let nothing in."""
        for each in fields(self):
            require(self, each.name, getattr(self, each.name) > 0, "above 0")


def check_key(features: Mapping[str, FeatureOptions], key: bytes | None, model: str) -> None:
    """Raise InvalidConfig when a feature is to be hashed and there is no key to do it with."""
    hashed = [name for name, options in features.items() if options.handling is Handling.HASH]
    if hashed and not key:
        raise InvalidConfig(
            f"models.{model}.features.{hashed[0]} is to be hashed, but there is no key;"
            ' set ingest.hash_key = "env:NAME" or "file:PATH".',
            field="ingest.hash_key",
            accepted="env:NAME or file:PATH",
        )
