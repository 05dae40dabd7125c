"""Incidents of a served model, as the tests of causes need them."""

from tests.unit.correlate.alerts import NOON_US, alert

from seamark.clock import DAY_US
from seamark.correlate.incidents import Known, correlate
from seamark.records.incident import IncidentState
from seamark.records.log import Change
from seamark.records.signals import OUTCOMES, Layer
from seamark.records.topology import Edge, Topology

FRAUD = ("default", "fraud")
_PAIRS = (
    ("node/n1", "pod/p1"),
    ("gpu/n1-0", "pod/p1"),
    ("pod/p1", "service/api"),
    ("service/api", "model/fraud"),
    ("feature_pipeline/hourly", "feature/fraud/amount"),
    ("feature_pipeline/hourly", "feature/fraud/age"),
)
SERVED = Topology(tuple(Edge("default", *pair) for pair in _PAIRS))


def incidents_of(*alerts, quiet=(), now_us=NOON_US + DAY_US, **known):
    """All incidents of some alerts at once."""
    given = Known(**{"topology": SERVED, **known})
    return correlate([], alerts, {FRAUD: list(quiet)}, known=given, now_us=now_us)[0]


def incident_of(*alerts, **around):
    """The one incident that all of them are."""
    [incident] = incidents_of(*alerts, **around)
    assert incident.state is IncidentState.OPEN
    assert set(incident.alerts) == {each.id for each in alerts}
    return incident


def first_cause(*alerts, **around):
    """Its likeliest cause."""
    return incident_of(*alerts, **around).causes[0]


def deploy(minute=0, **fields):
    """A deploy of version 2 of the model."""
    given = {"kind": "deploy", "summary": "fraud 2 is live", "model": "fraud", "version": "2", **fields}
    return Change(id=f"chg_{minute}", project="default", time_us=NOON_US + minute * 60_000_000, **given)


def broken(feature="amount", statistic="missing_rate", **fields):
    """A share of a feature's values that is not as usual."""
    monitor = f"feature.{feature}:{statistic}"
    given = {"statistic": statistic, "monitor": monitor, "id": f"alt_{monitor}", "now": 0.4, "usual": 0.01, **fields}
    return alert(f"feature.{feature}", **given)


def traffic(now, usual=1000.0, **fields):
    """Predictions an hour."""
    named = {"monitor": "traffic:volume", "statistic": "volume", "layer": Layer.DATA}
    return alert("traffic", now=now, usual=usual, **{**named, **fields})


def worse(metric="accuracy", **fields):
    """Quality that fell."""
    signal = f"quality.{metric}"
    return alert(signal, monitor=signal, statistic=metric, layer=Layer.MODEL, **fields)


def late_outcomes(**fields):
    """Outcomes that do not come."""
    return alert(OUTCOMES, monitor=OUTCOMES, statistic="outcomes_late", layer=Layer.DATA, **fields)
