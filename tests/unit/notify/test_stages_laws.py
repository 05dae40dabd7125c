"""What holds of the stages whatever happens: nothing is lost, order changes nothing, a revision has one wording."""

from collections import defaultdict
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.notify.office import HOUR, Office, read
from tests.unit.notify.test_outbox import INCIDENT

from seamark.notify.desk import Notice
from seamark.notify.notifier import Notifier
from seamark.notify.stages import plan
from seamark.records.delivery import DeliveryState
from seamark.records.incident import Cause, IncidentState
from seamark.records.monitor import Priority
from seamark.records.silence import Silence, parse_matcher

MANNERS = {
    "team": {"paced": True},
    "chat": {"paced": True, "edits": True},
    "pager": {"paced": True, "summarises": False},
    "hook": {},
}
deeds = st.lists(
    st.tuples(
        st.integers(0, 8),  # which incident
        st.sampled_from(["opens", "resolves", "cause", "member", "P1", "P3"]),
        st.sampled_from([0, 10, 40, 700, 5 * HOUR, 30 * HOUR]),  # seconds until the next deed
    ),
    min_size=1,
    max_size=25,
)
silences = st.sampled_from([(), ("model=even",), ("priority=P1",)])


class Killed(BaseException):
    """Whatever ends the process: nothing after it is done."""


class Story(Office):
    """Incidents that go on from deed to deed."""

    def __init__(self, matchers=(), **fields):
        super().__init__(MANNERS, **fields)
        self.incidents = {}
        if matchers:
            found = tuple(map(parse_matcher, matchers))
            until_us = self.now_us + 20 * HOUR * 1_000_000
            self.says(silences=(Silence("sil_1", "default", found, 0, until_us, "ana", "", 0),))

    def does(self, number, deed):
        model = "odd" if number % 2 else "even"
        before = self.incidents.get(number)
        fresh = replace(INCIDENT, id=f"inc_{number}", model=model, revision=0, priority=list(Priority)[number % 3])
        after = replace(before or fresh, revision=(before or fresh).revision + 1, state=IncidentState.OPEN)
        match deed:
            case "resolves":
                after = replace(after, state=IncidentState.RESOLVED)
            case "cause":
                after = replace(after, causes=(Cause("version", str(after.revision), 1.0, "another"),))
            case "member":
                after = replace(after, alerts=(*after.alerts, f"alt_{after.revision}"))
            case "P1" | "P3":
                after = replace(after, priority=Priority(deed))
        self.incidents[number] = after
        self.tell(after, before)


def lives(story, deeds):
    for number, deed, seconds in deeds:
        story.does(number, deed)
        story.passes(seconds, step=max(15, seconds // 6))
    return story


@settings(deadline=None, max_examples=60)
@given(deeds, silences)
def test_whatever_is_news_is_told_or_waits_for_a_known_time_or_says_where_it_was_told(deeds, matchers):
    story = lives(Story(matchers), deeds)
    story.passes(60)
    outbox = story.store.post.deliveries()
    ids = {each.incident for each in outbox}
    heard = defaultdict(list)
    for name, message in story.heard:
        heard[name].append((message.incident, message.revision))
    for each in outbox:
        assert each.receiver, "everything has been routed"
        match each.state:
            case DeliveryState.WAITING | DeliveryState.BATCHED:
                assert each.next_attempt_us > story.now_us
                assert each.note
            case DeliveryState.FOLDED:
                assert each.note
                summary = next(
                    (word.rstrip(".,") for word in each.note.split() if word.startswith(("storm_", "batch_"))), None
                )
                assert summary is None or summary in ids
            case DeliveryState.DIGEST:
                assert story.office.notifiers[each.receiver].summarises
            case DeliveryState.DELIVERED:
                assert (each.incident, each.revision) in heard[each.receiver]
    for number, incident in story.incidents.items():
        told = {each.receiver for each in outbox if each.incident == f"inc_{number}"}
        assert told == set(MANNERS), f"{incident.id} has come to every receiver's attention"


@settings(deadline=None, max_examples=60)
@given(deeds, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(deeds, random):
    story = Story()
    for number, deed, _ in deeds:
        story.does(number, deed)
    notices = [Notice(each, read(each.payload)) for each in story.store.post.held(story.now_us, 1_000)]
    desk = story.office._desk(notices, [], story.now_us)
    first = plan(desk, notices)
    random.shuffle(notices)
    assert plan(desk, notices) == first


@settings(deadline=None, max_examples=20)
@given(deeds, silences, st.sets(st.integers(0, 60), max_size=20))
def test_with_a_kill_between_any_two_steps_everything_arrives_and_each_revision_has_one_wording(deeds, matchers, kills):
    """A kill after the receiver took it and before that was recorded: it is sent again, in the same words."""
    story = Story(matchers)
    attempts = [0]
    deliver_as = {name: each.deliver for name, each in story.office.notifiers.items()}

    def killed(name):
        def deliver(options, message):
            attempts[0] += 1
            reference = deliver_as[name](options, message)
            if attempts[0] in kills:
                raise Killed
            return reference

        return Notifier(
            name,
            object,
            deliver,
            paced=MANNERS[name].get("paced", False),
            summarises=MANNERS[name].get("summarises", True),
            edits=story.office.notifiers[name].edits,
        )

    story.office.notifiers = {name: killed(name) for name in MANNERS}
    for number, deed, seconds in [*deeds, (0, "cause", 3 * HOUR)]:
        story.does(number, deed)
        for _ in range(8):
            try:
                story.passes(seconds // 8, step=max(15, seconds // 8))
            except Killed:
                continue  # the next process begins where the store stands
    while attempts[0] <= 61:
        try:
            story.passes(60)
            break
        except Killed:
            continue
    wordings = defaultdict(set)
    for name, message in story.heard:
        wordings[name, message.key].add(repr(replace(message, thread="")))
    assert all(len(said) == 1 for said in wordings.values())
    keys = {(each.receiver, read(each.payload).key) for each in story.store.post.deliveries(DeliveryState.DELIVERED)}
    assert keys == set(wordings)


@settings(deadline=None, max_examples=30)
@given(deeds)
def test_people_hear_of_one_incident_in_its_order_and_at_most_five_alarms_an_hour(deeds):
    story = lives(Story(), deeds)
    for receiver in ("team", "pager"):
        said = defaultdict(list)
        for name, message in story.heard:
            if name == receiver and not message.is_summary:
                said[message.incident].append(message.revision)
        assert all(revisions == sorted(revisions) for revisions in said.values())
        alarms = sorted(
            each.released_us
            for each in story.store.post.deliveries(receiver=receiver)
            if each.released_us and each.priority is Priority.P1 and each.reason in ("opened", "priority", "cause")
        )
        hour_us = HOUR * 1_000_000
        assert all(later - earlier >= hour_us for earlier, later in zip(alarms, alarms[5:], strict=False))


def test_a_receiver_that_is_away_keeps_nobody_else_waiting():
    story = Story()
    story.away = {"team", "hook"}
    story.does(0, "P1")
    story.passes(60)
    assert {name for name, _ in story.heard} == {"chat", "pager"}
    story.away = set()
    story.passes(600)
    assert {name for name, _ in story.heard} == set(MANNERS)
