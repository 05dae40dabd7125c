"""Slack: an incoming webhook, or a bot that keeps one thread per incident and edits its first message.

Block Kit: https://docs.slack.dev/reference/block-kit/blocks; chat.postMessage and chat.update:
https://docs.slack.dev/reference/methods.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from seamark.notify.notifier import DeliveryFailed, Message, Notifier
from seamark.notify.notifiers._http import send
from seamark.notify.notifiers._text import check_template, cut, details, headline
from seamark.records.options import require
from seamark.records.secret import Secret

_HEADER_CHARS: Final = 150
_SECTION_CHARS: Final = 3_000
_TEXT_CHARS: Final = 4_000
_SILENT: Final = ("member", "acknowledged")
_PASSING: Final = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"})


@dataclass(frozen=True, slots=True)
class Options:
    """Either a webhook's address, or a bot's token (scope `chat:write`) and the channel it was invited to."""

    webhook: Secret | None = None
    token: Secret | None = None
    channel: str = ""
    template: str = ""
    api_url: str = "https://slack.com/api"
    allow_private: bool = False
    timeout_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Raises InvalidInput for neither, or both, and for a bad template."""
        fine = (self.webhook is None) is not (self.token is None)
        require(self, "token", fine, "set where webhook is not, and not set where it is")
        require(
            self, "channel", self.token is None or bool(self.channel), "the id of the bot's channel, like C0123456789"
        )
        check_template(self)


def payload_of(message: Message, template: str = "") -> dict[str, Any]:
    """The message as blocks, within Slack's limits, and as the text of its notification."""
    title = headline(message, template)
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": cut(title, _HEADER_CHARS), "emoji": False}}
    ]
    lines = [_escaped(line) for line in details(message)]
    if lines:
        text = cut("\n".join(lines), _SECTION_CHARS)
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": text}})
    button = {"type": "button", "text": {"type": "plain_text", "text": "Open in Seamark"}, "url": message.link}
    blocks.append({"type": "actions", "elements": [button]})
    return {"text": cut(_escaped(title), _TEXT_CHARS), "blocks": blocks}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def deliver(options: Options, message: Message) -> str | None:
    """A webhook posts; a bot posts, and later edits and answers. The reference is `CHANNEL/TS`."""
    payload = payload_of(message, options.template)
    if options.webhook is not None:
        send(
            options.webhook.reveal(),
            payload,
            timeout_seconds=options.timeout_seconds,
            allow_private=options.allow_private,
            shown="The webhook of Slack",
        )
        return None
    if not message.thread:
        posted = _call(options, "chat.postMessage", {"channel": options.channel, **payload})
        return f"{posted['channel']}/{posted['ts']}"
    channel, _, ts = message.thread.partition("/")
    if not message.shared:
        _call(options, "chat.update", {"channel": channel, "ts": ts, **payload})
    if message.reason not in _SILENT:
        _call(options, "chat.postMessage", {"channel": channel, "thread_ts": ts, **payload})
    return message.thread


def _call(options: Options, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
    assert options.token is not None  # noqa: S101  a webhook calls nothing
    answer = send(
        f"{options.api_url}/{method}",
        arguments,
        headers={
            "Authorization": f"Bearer {options.token.reveal()}",
            "Content-Type": "application/json; charset=utf-8",
        },
        timeout_seconds=options.timeout_seconds,
        allow_private=options.allow_private,
    )
    if not isinstance(answer, dict) or not answer.get("ok"):
        error = str(answer.get("error", "no reason")) if isinstance(answer, dict) else "something that is no JSON"
        raise DeliveryFailed(f"Slack answered {method} with {error}.", permanent=error not in _PASSING)
    return answer


NOTIFIER = Notifier(
    title="Slack", options=Options, deliver=deliver, paced=True, edits=lambda options: options.token is not None
)
