"""Tokens in SQLite."""

# ruff: noqa: D102 - `protocol.py` says what each method does

from __future__ import annotations

from seamark.records.token import StoredToken
from seamark.store.codec import from_text, to_text
from seamark.store.local.database import Database


class LocalAccounts:
    """`seamark.store.protocol.Accounts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put_token(self, token: StoredToken) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO tokens VALUES (?, ?, ?)", (token.id, token.created_us, to_text(token))
            )

    def tokens(self) -> list[StoredToken]:
        found = self._database.query("SELECT record FROM tokens ORDER BY created_us, id")
        return [from_text(text, StoredToken) for (text,) in found]
