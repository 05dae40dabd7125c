"""Short numbers for the texts that every block repeats."""

from __future__ import annotations

import sqlite3

OWNER = "(SELECT id FROM owners WHERE project = ? AND model = ?)"
LABEL = "(SELECT id FROM labels WHERE text = ?)"


class Names:
    """Finds or makes the numbers of one transaction; remembered only as long as it lasts."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._owners: dict[tuple[str, str], int] = {}
        self._labels: dict[str, int] = {}

    def owner(self, project: str, model: str) -> int:
        """Of a model, stored or not yet stored."""
        known = self._owners.get((project, model))
        if known is None:
            key = (project, model)
            self._connection.execute("INSERT OR IGNORE INTO owners (project, model) VALUES (?, ?)", key)
            found = self._connection.execute("SELECT id FROM owners WHERE project = ? AND model = ?", key).fetchone()
            known = self._owners[key] = int(found[0])
        return known

    def label(self, text: str) -> int:
        """Of a version or a segment."""
        known = self._labels.get(text)
        if known is None:
            self._connection.execute("INSERT OR IGNORE INTO labels (text) VALUES (?)", (text,))
            found = self._connection.execute("SELECT id FROM labels WHERE text = ?", (text,)).fetchone()
            known = self._labels[text] = int(found[0])
        return known
