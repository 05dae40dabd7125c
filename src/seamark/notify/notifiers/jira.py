"""Jira issues: one per incident, moved to a done state when it is over.

REST API v3: https://developer.atlassian.com/cloud/jira/platform/rest/v3/; texts are Atlassian Document Format.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any, Final

from seamark.notify.notifier import Message, Notifier
from seamark.notify.notifiers._http import require_url, send
from seamark.notify.notifiers._text import check_template, cut, details, headline
from seamark.records.options import require
from seamark.records.secret import Secret

_SUMMARY_CHARS: Final = 255
_LINE_CHARS: Final = 2_000
_SILENT: Final = ("member", "acknowledged")


@dataclass(frozen=True, slots=True)
class Options:
    """`url` is the site, `user` the mail address that the API token belongs to, `key` the project's key, like OPS."""

    url: str
    user: str
    token: Secret
    key: str
    issue_type: str = "Task"
    template: str = ""
    allow_private: bool = False
    timeout_seconds: float = 15.0

    def __post_init__(self) -> None:
        """Raises InvalidInput for what is no site or project."""
        require_url(self)
        require(self, "key", bool(re.fullmatch(r"[A-Z][A-Z0-9_]+", self.key)), "the key of a project, like OPS")
        check_template(self)


def fields_of(message: Message, options: Options) -> dict[str, Any]:
    """The fields of the issue as it should stand now."""
    return {
        "summary": cut(headline(message, options.template or "[{priority}] {title}{about}"), _SUMMARY_CHARS),
        "description": _document([*details(message), message.link]),
        "labels": ["seamark", _label(message)],
    }


def _label(message: Message) -> str:
    return f"seamark-{re.sub(r'[^A-Za-z0-9_-]', '_', message.incident)}"


def _document(lines: list[str]) -> dict[str, Any]:
    paragraphs = [
        {"type": "paragraph", "content": [{"type": "text", "text": cut(line, _LINE_CHARS)}]} for line in lines if line
    ]
    return {"type": "doc", "version": 1, "content": paragraphs}


def deliver(options: Options, message: Message) -> str:
    """The reference is the key of the issue."""
    fields = fields_of(message, options)
    key = message.thread or _found(options, message)
    if key:
        _call(options, "PUT", f"/issue/{key}", {"fields": fields})
        if message.reason not in _SILENT and message.thread:
            _call(options, "POST", f"/issue/{key}/comment", {"body": _document([headline(message, options.template)])})
    else:
        kind = {"project": {"key": options.key}, "issuetype": {"name": options.issue_type}}
        key = str(_call(options, "POST", "/issue", {"fields": {**fields, **kind}})["key"])
    if message.state == "resolved":
        _finish(options, key)
    return key


def _finish(options: Options, key: str) -> None:
    """Take the first transition into a state that counts as done, if the workflow has one from here."""
    found = _call(options, "GET", f"/issue/{key}/transitions", None)["transitions"]
    done = [each["id"] for each in found if each["to"]["statusCategory"]["key"] == "done"]
    if done:
        _call(options, "POST", f"/issue/{key}/transitions", {"transition": {"id": done[0]}})


def _found(options: Options, message: Message) -> str:
    """The issue of an incident whose key was lost between making it and noting it."""
    wanted = {"jql": f'project = {options.key} AND labels = "{_label(message)}"', "fields": ["key"], "maxResults": 1}
    issues = _call(options, "POST", "/search/jql", wanted)["issues"]
    return str(issues[0]["key"]) if issues else ""


def _call(options: Options, method: str, path: str, body: dict[str, Any] | None) -> Any:
    login = base64.b64encode(f"{options.user}:{options.token.reveal()}".encode()).decode()
    return send(
        f"{options.url.rstrip('/')}/rest/api/3{path}",
        body,
        headers={"Authorization": f"Basic {login}", "Accept": "application/json"},
        method=method,
        timeout_seconds=options.timeout_seconds,
        allow_private=options.allow_private,
    )


NOTIFIER = Notifier(
    title="Jira issues", options=Options, deliver=deliver, paced=True, summarises=False, edits=lambda _: True
)
