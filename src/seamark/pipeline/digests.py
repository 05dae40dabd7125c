"""What a weekly digest says beside the incidents in it: this week against the one before, and what alarmed most."""

from __future__ import annotations

from collections import Counter
from typing import Final

from seamark.clock import DAY_US
from seamark.notify.notifier import Section
from seamark.records.alert import Alert
from seamark.records.wording import counted
from seamark.store.protocol import Store

_WEEK_US: Final = 7 * DAY_US
_MOST: Final = 5


def sections_of(store: Store, moment_us: int) -> tuple[Section, ...]:
    """The week that ends at `moment_us`, as sections; reads every alert there is, once a week."""
    opened = [(alert, alert.opened_us) for alert in store.fast.alerts() if alert.opened_us is not None]
    recent = [(alert, at_us) for alert, at_us in opened if moment_us - _WEEK_US <= at_us < moment_us]
    return (_compared(store, moment_us), *_noisiest(recent, moment_us))


def _compared(store: Store, moment_us: int) -> Section:
    ages = [(moment_us - incident.opened_us) // _WEEK_US for incident in store.fast.incidents()]
    line = f"{counted(ages.count(0), 'incident')} opened this week, {ages.count(1)} the week before."
    return Section("Since last week", (line,))


def _noisiest(recent: list[tuple[Alert, int]], moment_us: int) -> tuple[Section, ...]:
    """The conditions that alarmed more than once, with a small picture of the days."""
    counts = Counter(_name(alert) for alert, _ in recent)
    names = [name for name, count in sorted(counts.items(), key=lambda each: (-each[1], each[0])) if count > 1][:_MOST]
    if not names:
        return ()
    series = {}
    for name in names:
        days = Counter((moment_us - 1 - at_us) // DAY_US for alert, at_us in recent if _name(alert) == name)
        series[name] = tuple(float(days[day]) for day in range(6, -1, -1))
    return (Section("Most alarms", tuple(f"{name}: {counted(counts[name], 'alarm')}." for name in names), series),)


def _name(alert: Alert) -> str:
    return " of ".join(filter(None, [alert.monitor, alert.model or alert.component]))
