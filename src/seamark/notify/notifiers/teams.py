"""Microsoft Teams: an adaptive card to the workflow "Post to a channel when a webhook request is received".

The card: https://adaptivecards.io/explorer; what Teams takes: https://learn.microsoft.com/microsoftteams/platform/
webhooks-and-connectors/how-to/connectors-using (28 KB a message).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from seamark.notify.notifier import Message, Notifier
from seamark.notify.notifiers._http import send
from seamark.notify.notifiers._text import check_template, cut, details, headline
from seamark.records.secret import Secret

_MOST_BYTES: Final = 28_000
_LINE_CHARS: Final = 500
_TITLE_CHARS: Final = 1_000
_COLOURS: Final = {"critical": "attention", "high": "attention", "warning": "warning", "info": "default"}


@dataclass(frozen=True, slots=True)
class Options:
    """The address of the workflow holds its key, so it is a secret."""

    webhook: Secret
    template: str = ""
    allow_private: bool = False
    timeout_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Raises InvalidInput for a bad template."""
        check_template(self)


def payload_of(message: Message, template: str = "") -> dict[str, Any]:
    """The message as a card; lines are left out from the end until it fits."""
    lines = [cut(line, _LINE_CHARS) for line in details(message)]
    while lines and len(json.dumps(_card(message, template, lines)).encode()) > _MOST_BYTES:
        lines = [*lines[:-2], "…"] if len(lines) > 1 else []
    return _card(message, template, lines)


def _card(message: Message, template: str, lines: list[str]) -> dict[str, Any]:
    colour = "good" if message.state == "resolved" else _COLOURS.get(message.severity, "default")
    title = {
        "type": "TextBlock",
        "text": cut(headline(message, template), _TITLE_CHARS),
        "weight": "bolder",
        "size": "medium",
        "wrap": True,
    }
    body = [{**title, "color": colour}, *({"type": "TextBlock", "text": line, "wrap": True} for line in lines)]
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "actions": [{"type": "Action.OpenUrl", "title": "Open in Seamark", "url": message.link}],
    }
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
    return {"type": "message", "attachments": [card]}


def deliver(options: Options, message: Message) -> None:
    """The workflow answers 202."""
    send(
        options.webhook.reveal(),
        payload_of(message, options.template),
        timeout_seconds=options.timeout_seconds,
        allow_private=options.allow_private,
        shown="The workflow of Teams",
    )


NOTIFIER = Notifier(title="Microsoft Teams", options=Options, deliver=deliver, paced=True)
