"""One line that says what an incident is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from seamark.correlate.components import title_of_components
from seamark.correlate.groups import title_of_groups
from seamark.correlate.labels import label_of
from seamark.correlate.places import telling
from seamark.correlate.versions import title_of_versions
from seamark.records.alert import Alert
from seamark.records.sentences import measured, told
from seamark.records.signals import Layer

_LEADERS_MARGIN = 1.25


def title_of(alerts: Sequence[Alert], leader: str | None = None, where: Mapping[str, str] | None = None) -> str:
    """`car_value, loan_length and 2 more drifted, and so did the score`: the strongest first.

    The joint shift is named only where no single feature explains it, traffic only where it is alone. `where` names
    the segment that alone has moved, by signal: `age drifted in country=FR`.
    """
    where = where or {}
    about_components = [alert for alert in alerts if alert.component]
    if about_components:
        rest = [alert for alert in alerts if not alert.component]
        return "; ".join([title_of_components(about_components), *([title_of(rest, leader, where)] if rest else [])])
    ordered = sorted(telling(alerts, where), key=lambda alert: (-weight(alert, leader), alert.signal))
    data = _names(alert for alert in ordered if alert.signal.startswith("feature."))
    model = _names(alert for alert in ordered if alert.layer is Layer.MODEL)
    if not data and any(alert.signal == "joint" for alert in ordered):
        data = ["how the features go together"]
    if not data and not model:
        return title_of_versions(alerts) or title_of_groups(ordered) or _traffic(ordered[0])
    drifted = f"{'changed slowly' if all(alert.is_trend for alert in ordered) else 'drifted'}{_place(ordered, where)}"
    if data and model:
        return f"{_listed(data)} {drifted}, and so did the {_listed(model)}"
    return f"{_listed(data or model)} {drifted}"


def _place(alerts: Sequence[Alert], where: Mapping[str, str]) -> str:
    """` in country=FR`, where that is true of every feature that drifted (of every answer, where no feature did)."""
    features = [alert.signal for alert in alerts if alert.signal.startswith("feature.")]
    found = {where.get(signal, "") for signal in features or [a.signal for a in alerts if a.layer is Layer.MODEL]}
    return f" in {found.pop()}" if len(found) == 1 and "" not in found else ""


def ending_of(alerts: Sequence[Alert]) -> str:
    """`New normal, says ana: prices went up.`; "" where nobody said anything. Of several answers each once."""
    said = [alert.answer for alert in sorted(alerts, key=lambda alert: alert.id) if alert.answer is not None]
    sentences = dict.fromkeys(
        f"{answer.kind.meaning.capitalize()}{f', says {answer.by}' if answer.by else ''}"
        f"{f': {answer.comment}' if answer.comment else ''}".rstrip(".")
        + "."
        for answer in sorted(said, key=lambda answer: (answer.at_us, answer.kind))
    )
    return " ".join(sentences)


def _traffic(alert: Alert) -> str:
    if alert.is_trend:
        return told("traffic", alert, "")
    if alert.now is not None and alert.usual is not None and alert.now > alert.usual / 5:
        return f"traffic {'rose' if alert.now > alert.usual else 'fell'}: {measured(alert, '')}"
    return "traffic all but stopped"


def strength(alert: Alert) -> float:
    """How far past its threshold: comparable between statistics whose units are not."""
    return alert.value / alert.threshold if alert.threshold > 0 else alert.value


def weight(alert: Alert, leader: str | None) -> float:
    """Its strength; the present leader's counts a quarter more, so that two alike do not take turns."""
    return strength(alert) * (_LEADERS_MARGIN if alert.signal == leader else 1.0)


def _names(alerts: Iterable[Alert]) -> list[str]:
    return list(dict.fromkeys(label_of(alert.signal) for alert in alerts))


def _listed(names: Sequence[str]) -> str:
    if len(names) > 3:
        return f"{', '.join(names[:2])} and {len(names) - 2} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
