"""How numbers of things are said to people."""

from __future__ import annotations


def counted(number: float, noun: str, plural: str | None = None) -> str:
    """`1 row`, `12,000 rows`: a whole number of things; `plural` where it is not the noun with an s.

    A sentence around it should have no verb that changes with the number: `Left out: 1 row.`

    >>> counted(1, "row"), counted(0, "row"), counted(12_000, "batch", "batches")
    ('1 row', '0 rows', '12,000 batches')
    """
    return f"{number:,.0f} {noun if round(number) == 1 else plural or f'{noun}s'}"
