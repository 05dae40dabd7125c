"""What an owner may say about the pace of the pipeline (`[pipeline]` in seamark.toml)."""

from __future__ import annotations

from dataclasses import dataclass, fields

from seamark.records.options import require


@dataclass(frozen=True, slots=True)
class PipelineOptions:
    """How often the lanes look, and how much they take at once."""

    slow_seconds: float = 2.0  # pause of the slow lane once it has caught up
    slow_share: float = 0.1  # of one processor that the slow lane takes in the long run, by waiting for more rows
    fast_seconds: float = 15.0
    rules_seconds: float = 60.0  # between two verdicts on machines and services
    slice_rows: int = 200_000  # rows the slow lane takes at once
    windows_a_step: int = 64  # windows evaluated in one transaction
    learning_threads: int = 1  # processors that learning thresholds may use at once
    compact_files: int = 16  # small row files of one model and day that are worth merging

    def __post_init__(self) -> None:
        """Raises InvalidInput for a pace at which nothing would happen, or nothing else."""
        require(self, "slow_share", self.slow_share <= 1, "at most 1")
        for each in fields(self):
            require(self, each.name, getattr(self, each.name) > 0, "above 0")
