"""GitHub issues: one per incident, closed when it is over.

https://docs.github.com/rest/issues/issues and …/comments; a token needs to read and write issues.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from seamark.notify.notifier import Message, Notifier
from seamark.notify.notifiers._http import require_url, send
from seamark.notify.notifiers._text import check_template, cut, details, headline
from seamark.records.options import require
from seamark.records.secret import Secret

_LABEL: Final = "seamark"  # by which an issue is found again whose number was lost
_TITLE_CHARS: Final = 256
_BODY_CHARS: Final = 65_000
_SILENT: Final = ("member", "acknowledged")


@dataclass(frozen=True, slots=True)
class Options:
    """`repository` is `OWNER/NAME`; `labels` are put to each issue, besides `seamark`."""

    repository: str
    token: Secret
    labels: tuple[str, ...] = ()
    template: str = ""
    url: str = "https://api.github.com"
    allow_private: bool = False
    timeout_seconds: float = 15.0

    def __post_init__(self) -> None:
        """Raises InvalidInput for what is no repository."""
        require(self, "repository", bool(re.fullmatch(r"[\w.-]+/[\w.-]+", self.repository)), "OWNER/NAME")
        require_url(self)
        check_template(self)


def issue_of(message: Message, options: Options) -> dict[str, Any]:
    """The issue as it should stand now."""
    state = {"state": "closed", "state_reason": "completed"} if message.state == "resolved" else {"state": "open"}
    return {
        "title": cut(headline(message, options.template or "[{priority}] {title}{about}"), _TITLE_CHARS),
        "body": cut(
            "\n\n".join([*details(message), f"[Open in Seamark]({message.link})", _mark(message)]), _BODY_CHARS
        ),
        "labels": [_LABEL, *options.labels],
        **state,
    }


def _mark(message: Message) -> str:
    return f"<!-- seamark {message.incident} -->"


def deliver(options: Options, message: Message) -> str:
    """The reference is the number of the issue."""
    issue = issue_of(message, options)
    number = message.thread or _found(options, message)
    if not number:
        made = _call(options, "POST", "/issues", {name: issue[name] for name in ("title", "body", "labels")})
        number = str(made["number"])
        if message.state == "open":
            return number
    _call(options, "PATCH", f"/issues/{number}", issue)
    if message.reason not in _SILENT and message.thread:
        _call(options, "POST", f"/issues/{number}/comments", {"body": headline(message, options.template)})
    return number


def _found(options: Options, message: Message) -> str:
    """The issue of an incident whose number was lost between making it and noting it."""
    newest = _call(options, "GET", f"/issues?labels={_LABEL}&state=all&per_page=100", None)
    return next((str(each["number"]) for each in newest or () if _mark(message) in (each.get("body") or "")), "")


def _call(options: Options, method: str, path: str, body: dict[str, Any] | None) -> Any:
    headers = {
        "Authorization": f"Bearer {options.token.reveal()}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    return send(
        f"{options.url.rstrip('/')}/repos/{options.repository}{path}",
        body,
        headers=headers,
        method=method,
        timeout_seconds=options.timeout_seconds,
        allow_private=options.allow_private,
    )


NOTIFIER = Notifier(
    title="GitHub issues", options=Options, deliver=deliver, paced=True, summarises=False, edits=lambda _: True
)
