"""What people say about being told: not about this for a while, and that somebody is at it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from seamark.errors import InvalidInput

Operator = Literal["=", "!=", "=~", "!~"]

LABELS: Final = (
    "project",
    "model",
    "version",
    "segment",
    "signal",
    "monitor",
    "layer",
    "component",
    "severity",
    "priority",
    "source",
)
"""What the alerts of an incident are known by; alerts that came from elsewhere have labels of their own besides."""

MOST_MATCHERS: Final = 20
MOST_PATTERN_CHARS: Final = 200
_MATCHER: Final = re.compile(r'\s*([A-Za-z_][A-Za-z0-9_.]*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^"\s][^"]*?))\s*')


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label; a label that is absent is "". Patterns match the whole value."""

    label: str
    operator: Operator
    value: str

    def __str__(self) -> str:
        """As it is written."""
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.label}{self.operator}"{escaped}"'


@dataclass(frozen=True, slots=True)
class Silence:
    """From then until then nobody is told of incidents all of whose alerts it matches."""

    id: str
    project: str
    matchers: tuple[Matcher, ...]
    from_us: int
    to_us: int
    by: str
    comment: str
    at_us: int  # when it was said


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody is at it: reminders end."""

    incident: str
    project: str
    by: str
    comment: str
    at_us: int


def parse_matcher(text: str) -> Matcher:
    """`label="value"`, with `!=`, `=~` (a pattern) or `!~`; the quotes may be left out. Raises InvalidInput."""
    match = _MATCHER.fullmatch(text)
    accepted = 'label="value", or with !=, =~ (a regular expression) or !~'
    if match is None:
        raise InvalidInput(f"{text[:100]!r} is no matcher; write {accepted}.", value=text[:100], accepted=accepted)
    label, operator, inner, plain = match.groups()
    value = plain if inner is None else re.sub(r"\\(.)", r"\1", inner)
    if operator in ("=~", "!~"):
        _check_pattern(value)
    return Matcher(label, operator, value)  # type: ignore[arg-type]  # the pattern allows no other operator


def _check_pattern(pattern: str) -> None:
    if len(pattern) > MOST_PATTERN_CHARS:
        raise InvalidInput(
            f"A pattern of {len(pattern)} characters is too long; {MOST_PATTERN_CHARS} are accepted.",
            value=pattern[:80],
        )
    if re.search(r"\(\?[=!<]|\\[1-9]", pattern):
        raise InvalidInput(
            f"The pattern {pattern[:80]!r} looks around or back; patterns without that are accepted.",
            value=pattern[:80],
        )
    try:
        re.compile(pattern)
    except re.error as wrong:
        raise InvalidInput(f"{pattern[:80]!r} is no regular expression: {wrong}.", value=pattern[:80]) from None


def matchers_of(texts: object, field: str) -> tuple[Matcher, ...]:
    """A list of matchers as people write them; raises InvalidInput naming `field`."""
    accepted = f'a list of 1 to {MOST_MATCHERS} matchers, like ["model=fraud", "layer=~data|model"]'
    if not isinstance(texts, list | tuple) or not 1 <= len(texts) <= MOST_MATCHERS:
        raise InvalidInput(f"{field} must be {accepted}.", field=field, accepted=accepted)
    found = []
    for index, text in enumerate(texts):
        try:
            found.append(parse_matcher(text if isinstance(text, str) else repr(text)))
        except InvalidInput as wrong:
            raise InvalidInput(
                f"{field}[{index}]: {wrong.message}", field=f"{field}[{index}]", value=wrong.value
            ) from None
    return tuple(found)


def labels_text(labels: Mapping[str, str]) -> str:
    """Labels on one line."""
    return ", ".join(f"{name}={value}" for name, value in labels.items() if value)
