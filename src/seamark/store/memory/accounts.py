"""Tokens in a dictionary."""

# ruff: noqa: D102 - `protocol.py` says what each method does

from __future__ import annotations

from seamark.records.token import StoredToken
from seamark.store.memory.state import State


class MemoryAccounts:
    """`seamark.store.protocol.Accounts`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def put_token(self, token: StoredToken) -> None:
        with self._state:
            self._state.tokens[token.id] = token

    def tokens(self) -> list[StoredToken]:
        with self._state:
            return sorted(self._state.tokens.values(), key=lambda token: (token.created_us, token.id))
