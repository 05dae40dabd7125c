"""The way in for what people say: each saying is an entry of the log, and acted on when it has been absorbed."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from seamark.records.answer import Answer
from seamark.records.log import EntryKind, LogEntry
from seamark.records.silence import Acknowledgement, Silence
from seamark.wire import documents, sayings

_ANSWERED = ("alert", "fingerprint", "version", "segment", "monitor", "signal", "from_us")  # of each alert


@dataclass(frozen=True, slots=True)
class Sayings:
    """`append` puts an entry into the log and hurries; it returns the entry's place."""

    append: Callable[[LogEntry], Awaitable[int]]
    now_us: Callable[[], int]

    async def answer(
        self, project: str, given: Sequence[Answer], body: bytes, *, by: str, idempotency_key: str | None = None
    ) -> tuple[int, str]:
        """Log what a person said about alerts of one model; when, and the comment that stands in `body`.

        `given` are as `query.answerable` makes them: who, when and the comment are put to them here.
        """
        comment, now_us = documents.answer_comment(body), self.now_us()
        alerts = [{name: getattr(each, name) for name in _ANSWERED} for each in given]
        action = {"action": "answer", "kind": given[0].kind, "by": by, "comment": comment, "alerts": alerts}
        await self._say(action, project, now_us, given[0].model, idempotency_key)
        return now_us, comment

    async def silence(self, project: str, body: bytes, *, by: str, idempotency_key: str | None = None) -> Silence:
        """Log a silence; its id is its place in the log."""
        now_us = self.now_us()
        said = sayings.silence(body, project, by, now_us)
        action = {
            "action": "silence",
            "matchers": [str(each) for each in said.matchers],
            **{name: getattr(said, name) for name in ("from_us", "to_us", "by", "comment")},
        }
        seq = await self._say(action, project, now_us, key=idempotency_key)
        return replace(said, id=f"sil_{seq}")

    async def end_silence(self, project: str, id: str, *, by: str) -> int:
        """Log that a silence ends now; when that is."""
        now_us = self.now_us()
        await self._say({"action": "end_silence", "silence": id, "by": by}, project, now_us)
        return now_us

    async def acknowledge(
        self, project: str, incident: str, body: bytes, *, by: str, idempotency_key: str | None = None
    ) -> Acknowledgement:
        """Log that somebody is at an incident."""
        comment, now_us = documents.answer_comment(body), self.now_us()
        action = {"action": "acknowledge", "incident": incident, "by": by, "comment": comment}
        await self._say(action, project, now_us, key=idempotency_key)
        return Acknowledgement(incident, project, by, comment, now_us)

    async def _say(
        self, action: Mapping[str, Any], project: str, now_us: int, model: str = "", key: str | None = None
    ) -> int:
        return await self.append(
            LogEntry(EntryKind.ACTION, project, model, now_us, 0, json.dumps(action).encode(), key)
        )
