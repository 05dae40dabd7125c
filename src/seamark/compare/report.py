"""The report of a comparison, and the forms it takes."""

from __future__ import annotations

from dataclasses import dataclass

from seamark.compare.findings import ColumnFinding, Findings, Verdict


@dataclass(frozen=True, slots=True)
class Report:
    """What `compare` found, columns that matter most first."""

    findings: Findings

    @property
    def drifted(self) -> list[str]:
        """Names of the columns that drifted."""
        return [column.name for column in self.findings.with_verdict(Verdict.DRIFTED)]

    @property
    def columns(self) -> tuple[ColumnFinding, ...]:
        """Every column of either data set."""
        return self.findings.columns
