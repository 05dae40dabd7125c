"""Two data sets → Report: the notebook and CI door to the statistics."""

from seamark.compare.comparison import compare
from seamark.compare.findings import Rule, Verdict
from seamark.compare.report import Report

__all__ = ["Report", "Rule", "Verdict", "compare"]
