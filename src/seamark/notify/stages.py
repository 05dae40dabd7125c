"""The way of news to people, as a list of stages.

    route → mute → group → storm → batch → digest → release        pure, in one transaction
    deliver → record                                               one message at a time

Whatever comes in leaves in one of these ways: let out, to be looked at again at a known time, kept for the digest, or
told within another message, with a note that says which. Nothing is dropped, the order of arrival changes nothing, and
the words of what has been let out never change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from seamark.clock import MINUTE_US, SECOND_US
from seamark.notify.desk import SILENT, Desk, Notice, Plan, in_order, thread_after
from seamark.notify.notifier import Section
from seamark.notify.storms import storm
from seamark.notify.summaries import batch_of, digest_of
from seamark.records.delivery import Delivery, DeliveryState, PostStep
from seamark.records.monitor import Priority

_LOOK_AGAIN_US: Final = MINUTE_US  # at what is muted: silences come and go
_LONGEST_WAITS: Final = 3  # group waits, where more belongs to it all the while
_OVER: Final = "over before anybody had to be told"


def plan(desk: Desk, notices: Iterable[Notice]) -> PostStep:
    """What becomes of everything that has not been let out."""
    plan = Plan(sorted(notices, key=lambda each: each.age))
    for _, stage in STAGES:
        stage(desk, plan)
    return PostStep(tuple(plan.decided), tuple(plan.routed), tuple(plan.threads.values()))


def route(desk: Desk, plan: Plan) -> None:
    """News become deliveries: to the receivers of the routes, and to whoever knows of the incident already."""
    routed: list[Notice] = [notice for notice in plan.open if notice.delivery.receiver]
    knowing: dict[str, set[str]] = {}  # by incident, who has heard of it or is about to
    for incident, name in [*(key for key, each in desk.threads.items() if each.open), *(each.key for each in routed)]:
        knowing.setdefault(incident, set()).add(name)
    for notice in in_order([notice for notice in plan.open if not notice.delivery.receiver]):
        plan.routed.append(notice.delivery)
        know = knowing.setdefault(notice.key[0], set())
        names = know if know and notice.is_over else know | set(desk.routes(notice.message))
        told = [name for name in sorted(names & desk.manners.keys()) if _concerns(desk, notice, name)]
        routed += [Notice(replace(notice.delivery, receiver=name), notice.message) for name in told]
        know.update(told)
    plan.open = routed


def _concerns(desk: Desk, notice: Notice, receiver: str) -> bool:
    """What changes a message silently is for those that have one and can."""
    if notice.message.reason not in SILENT:
        return True
    thread = desk.told((notice.key[0], receiver))
    return thread is not None and not thread.shared and desk.manners[receiver].edits


def mute(desk: Desk, plan: Plan) -> None:
    """Silences, maintenance, and incidents that only follow from another one. That something is over is told."""
    passed: list[Notice] = []
    for key, notices in plan.by_thread().items():
        newest = in_order(notices)[-1]
        why = desk.muted(newest.message)
        if not why or (newest.is_over and desk.told(key)):
            passed += notices
        elif newest.is_over:
            _over(desk, plan, notices, f"{why} It was {_OVER}.")
        else:
            plan.decided += [each.held(desk.now_us + _LOOK_AGAIN_US, why) for each in notices]
    plan.open = passed


def group(desk: Desk, plan: Plan) -> None:
    """Of one incident, people are told one thing at a time: the newest, once nothing has followed for a moment."""
    passed: list[Notice] = []
    for key, notices in plan.by_thread().items():
        ordered = in_order(notices)
        newest, thread = ordered[-1], desk.told(key)
        if not desk.manners[key[1]].paced:
            passed += ordered
        elif newest.is_over and thread is None:
            _over(desk, plan, ordered, f"It was {_OVER}.")
        elif thread is None and (until_us := _settled_us(desk, ordered)) > desk.now_us:
            plan.decided += [each.held(until_us, "It waits for what may belong to it.") for each in ordered]
        else:
            kept = newest.saying(_weightiest(ordered) if thread else "opened")
            plan.fold(ordered[:-1], f"Told with revision {newest.delivery.revision}.")
            passed.append(replace(kept, delivery=_as_early(kept.delivery, ordered)))
    plan.open = passed


def _settled_us(desk: Desk, ordered: Sequence[Notice]) -> int:
    """When an incident that has just opened is told: 30 s later, up to 90 s where more of it keeps coming."""
    if any(each.delivery.state is DeliveryState.BATCHED for each in ordered):
        return 0
    wait_us = desk.calendar.options.group_wait_seconds * SECOND_US
    created = [each.delivery.created_us for each in ordered]
    return min(max(created) + wait_us, min(created) + _LONGEST_WAITS * wait_us)


def _weightiest(ordered: Sequence[Notice]) -> str:
    """What several changes amount to; the last word on whether it is over counts."""
    reasons = [each.message.reason for each in ordered]
    if ordered[-1].is_over:
        return "resolved"
    ranked = ("opened", "priority", "cause", "reminder", "acknowledged", "member")
    return next((reason for reason in ranked if reason in reasons), reasons[-1])


def _as_early(delivery: Delivery, ordered: Sequence[Notice]) -> Delivery:
    """In the batch that the first of them was for."""
    batched = [each.delivery for each in ordered if each.delivery.state is DeliveryState.BATCHED]
    first = min(batched, key=lambda each: each.next_attempt_us, default=None)
    if first is None:
        return delivery
    return replace(delivery, state=first.state, next_attempt_us=first.next_attempt_us, note=first.note)


def batch(desk: Desk, plan: Plan) -> None:
    """P2 is told at a few times of a working day, together where that can be read together."""
    passed: list[Notice] = []
    due: dict[str, list[Notice]] = {}
    for notice in plan.open:
        if not _has_time(desk, notice, Priority.P2):
            passed.append(notice)
        elif notice.delivery.state is not DeliveryState.BATCHED:
            until_us = desk.calendar.next_batch_us(desk.now_us)
            plan.decided.append(notice.held(until_us, "It waits for the next batch.", DeliveryState.BATCHED))
        elif notice.delivery.next_attempt_us > desk.now_us:
            plan.decided.append(notice.delivery)
        else:
            due.setdefault(notice.delivery.receiver, []).append(notice)
    for receiver, notices in sorted(due.items()):
        if len(notices) == 1 or not desk.manners[receiver].summarises:
            passed += notices
            continue
        summary = batch_of(desk, receiver, notices)
        passed.append(summary)
        plan.fold(notices, f"Told in {summary.delivery.incident}.")
        for each in notices:
            plan.threads[each.key] = thread_after(desk.threads.get(each.key), each, desk.now_us, shared=True)
    plan.open = passed


def digest(desk: Desk, plan: Plan) -> None:
    """P3 is told once a week."""
    passed: list[Notice] = []
    for notice in plan.open:
        if not _has_time(desk, notice, Priority.P3):
            passed.append(notice)
        elif desk.manners[notice.delivery.receiver].summarises:
            plan.decided.append(notice.held(0, "It waits for the weekly digest.", DeliveryState.DIGEST))
        elif notice.delivery.state is not DeliveryState.BATCHED:
            until_us = desk.calendar.next_digest_us(desk.now_us)
            plan.decided.append(notice.held(until_us, "It waits for its day of the week.", DeliveryState.BATCHED))
        elif notice.delivery.next_attempt_us > desk.now_us:
            plan.decided.append(notice.delivery)
        else:
            passed.append(notice)
    plan.open = passed


def weekly(desk: Desk, receiver: str, notices: Sequence[Notice], sections: tuple[Section, ...]) -> PostStep:
    """The digest of the newest moment for one, let out with everything it tells of."""
    plan = Plan([])
    made = digest_of(desk, receiver, notices, sections, desk.calendar.newest_digest_us(desk.now_us))
    plan.fold(notices, f"Told in {made.delivery.incident}.")
    for each in notices:
        plan.threads[each.key] = thread_after(desk.threads.get(each.key), each, desk.now_us, shared=True)
    plan.open = [made]
    release(desk, plan)
    return PostStep(tuple(plan.decided), (), tuple(plan.threads.values()))


def _has_time(desk: Desk, notice: Notice, priority: Priority) -> bool:
    """Whether it is of that priority, and for people. That something is over is as urgent as it was told."""
    if notice.message.reason in SILENT or notice.message.is_summary:
        return False
    thread = desk.told(notice.key)
    urgent = thread.priority if thread is not None and notice.is_over else Priority(notice.message.priority)
    return urgent is priority and desk.manners[notice.delivery.receiver].paced


def release(desk: Desk, plan: Plan) -> None:
    """Let out what is left: from here on its words are final."""
    for notice in plan.open:
        plan.decided.append(
            replace(
                notice.delivery,
                state=DeliveryState.PENDING,
                next_attempt_us=desk.now_us,
                released_us=desk.now_us,
                note="",
            )
        )
        before = plan.threads.get(notice.key) or desk.threads.get(notice.key)
        plan.threads[notice.key] = thread_after(before, notice, desk.now_us)
    plan.open = []


def _over(desk: Desk, plan: Plan, notices: Sequence[Notice], note: str) -> None:
    """What nobody needs to be told now: a line of the digest, where the receiver has one."""
    *older, newest = in_order(notices)
    manner = desk.manners[newest.delivery.receiver]
    plan.fold(older, f"Told with revision {newest.delivery.revision}.")
    if manner.paced and manner.summarises:
        plan.decided.append(newest.held(0, note, DeliveryState.DIGEST))
    else:
        plan.decided.append(newest.folded(note))


STAGES: Final[tuple[tuple[str, Callable[[Desk, Plan], None]], ...]] = (
    ("route", route),
    ("mute", mute),
    ("group", group),
    ("storm", storm),
    ("batch", batch),
    ("digest", digest),
    ("release", release),
)
