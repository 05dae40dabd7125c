"""Who an alert is: a fingerprint of what never changes about the condition."""

from __future__ import annotations

import hashlib
import json

from seamark.records.evaluation import Evaluation

SCHEME = "v1"


def fingerprint(evaluation: Evaluation) -> str:
    """`v1:` + SHA-256 of the identity labels: never value, severity, time or a pod's name."""
    labels = {
        "project": evaluation.project,
        "model": evaluation.model,
        "version": evaluation.version,
        "segment": evaluation.segment,
        "monitor": evaluation.monitor,
    }
    if evaluation.component:
        labels["component"] = evaluation.component
    canonical = json.dumps(labels, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"{SCHEME}:{hashlib.sha256(canonical.encode()).hexdigest()}"


def alert_id(fingerprint: str, first_window_start_us: int) -> str:
    """The same condition seen again in the same window gets the same id, so replays agree."""
    return "alt_" + hashlib.sha256(f"{fingerprint}@{first_window_start_us}".encode()).hexdigest()[:16]
