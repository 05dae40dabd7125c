"""What a client has done so far, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Stats(NamedTuple):
    """Counts since the client was made, in this process (a fork begins at zero), at one instant.

    `logged = acknowledged + waiting + all of dropped` holds at every instant.
    """

    logged: int  # rows passed to log, log_batch and outcome, and changes
    sent: int  # rows that left at least once
    acknowledged: int  # rows the server has taken
    dropped: Mapping[str, int]  # reason → rows; see seamark.client.reasons
    retries: int  # requests sent again
    waiting: int  # rows in the buffer or on their way
    waiting_bytes: int  # about what they take in memory
