"""A message in words, for all notifiers that send text; owners may word its headline."""

from __future__ import annotations

import string
from typing import Any, Final

from seamark.notify.notifier import Item, Message
from seamark.records.options import require

TEMPLATE: Final = "[{priority}] {reason}: {title}{about}"
_FIELDS: Final = (
    "about",
    "incident",
    "layers",
    "link",
    "model",
    "note",
    "priority",
    "reason",
    "severity",
    "state",
    "title",
)
_MOST_ITEMS: Final = 20


def check_template(options: Any) -> None:
    """Raises InvalidInput for a template with a field no message has, or one that asks for more than the field."""
    accepted = f"text with fields among {', '.join(f'{{{name}}}' for name in _FIELDS)}"
    try:
        fields = [each for each in string.Formatter().parse(options.template) if each[1] is not None]
        fine = all(name in _FIELDS and not spec and not turned for _, name, spec, turned in fields)
    except ValueError:
        fine = False
    require(options, "template", fine, accepted)


def headline(message: Message, template: str = "") -> str:
    """`[P1] opened: amount drifted (fraud)`, or as the owner words it; one line."""
    about = f" ({message.model})" if message.model else ""
    fields = {
        "about": about,
        "incident": message.incident,
        "layers": ", ".join(message.layers),
        "link": message.link,
        "model": message.model,
        "note": message.note,
        "priority": message.priority,
        "reason": message.reads,
        "severity": message.severity,
        "state": message.state,
        "title": message.title,
    }
    return " ".join((template or TEMPLATE).format_map(fields).split())


def details(message: Message) -> list[str]:
    """Everything else, a line each; what a person wants to know first stands first."""
    if message.is_summary:
        return summary_lines(message)
    found = [message.note] if message.note else []
    found += [message.ended] if message.ended else []
    found += [f"Since {message.onset or message.opened}."] if message.state == "open" else []
    found += [f"Over since {message.resolved}."] if message.resolved else []
    if message.causes:
        first, *others = message.causes
        found += [f"Suggested cause: {first}."] + [f"Or: {other}." for other in others]
    elif message.state == "open" and message.reason != "test":
        found.append("No clear cause.")
    found += [f"For it: {line}" for line in message.evidence[:3]]
    found += [f"Against it: {line}" for line in message.counter_evidence[:2]]
    found += [f"Next step: {message.next_step}"] if message.next_step else []
    found += [f"Layers: {', '.join(message.layers)}."] if message.layers else []
    return found


def summary_lines(message: Message) -> list[str]:
    """The incidents of a summary, the first twenty, and the parts of a digest."""
    found = [item_line(each) for each in message.items[:_MOST_ITEMS]]
    if len(message.items) > _MOST_ITEMS:
        found.append(f"… and {len(message.items) - _MOST_ITEMS} more on the screen.")
    for section in message.sections:
        found += [f"{section.heading}:", *section.lines]
        found += [f"{name} {sparkline(values)}" for name, values in section.series.items()]
    return found


def item_line(item: Item) -> str:
    """`P2 opened · fraud · amount drifted`."""
    return " · ".join(filter(None, [f"{item.priority} {item.reason}", item.model, item.title]))


def sparkline(values: tuple[float, ...]) -> str:
    """A small picture in one line of text.

    >>> sparkline((0.0, 1.0, 2.0, 4.0))
    '▁▃▅█'
    """
    if not values:
        return ""
    low, span = min(values), (max(values) - min(values)) or 1.0
    return "".join("▁▂▃▄▅▆▇█"[min(7, int((value - low) / span * 8))] for value in values)


def cut(text: str, most: int) -> str:
    """At most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
