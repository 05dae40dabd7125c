"""Why an incident may have happened: the likeliest causes, with what speaks for and against each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from seamark import clock
from seamark.correlate.finding import Finding, named
from seamark.correlate.items import Aspect
from seamark.correlate.scene import MACHINES, Scene, begins_us, nodes_of
from seamark.correlate.signatures import signature_of
from seamark.correlate.suspects import LEAST_LEAD, LEAST_SCORE, Suspect, is_clear, suspects_of
from seamark.correlate.titles import strength
from seamark.records.incident import Cause, Incident
from seamark.records.log import Change
from seamark.records.rule_words import sentence
from seamark.records.sentences import measured

MOST_CAUSES = 3
_BY_SIGNATURE = 0.6  # at least the score of what a signature names
_CLEAR_LEAD = 0.15
_NONE = "none"


def is_plain(scene: Scene) -> bool:
    """Whether it is about what one model gets and answers, and nothing was changed."""
    of_one = {item.alert.model for item in scene.items} == {scene.model}
    return of_one and not scene.changes and all(item.aspect.rank == Aspect.DATA.rank for item in scene.items)


def explain_drift(scene: Scene, features: Sequence[Cause], others: Sequence[Cause]) -> tuple[Cause, ...]:
    """The causes of a drift: all features by how far they moved, and what is known of versions and groups."""
    told = [replace(cause, counter_evidence=(*cause.counter_evidence, *_well(scene))) for cause in features]
    ranked = sorted([*told, *others], key=lambda cause: -cause.score)
    finding = signature_of(scene)
    if finding is None or (ranked and ranked[0].kind == "version"):
        return tuple(ranked)
    first = _with_signature(finding, ranked, (), scene)[0]
    known = next((cause.score for cause in ranked if cause.subject == finding.subject), first.score)
    rest = [cause for cause in ranked if cause.subject != finding.subject]
    return (replace(first, score=max([known, *(cause.score for cause in rest)])), *rest)


def of_the_past(past: Incident, causes: Sequence[Cause]) -> tuple[Cause, ...]:
    """The causes of an aftermath: an earlier incident, then what else it might be."""
    evidence = [f"It was open until {clock.to_iso(past.resolved_us)}."] if past.resolved_us is not None else []
    if past.causes:
        evidence.append(f"Its likeliest cause: {past.causes[0].summary}.")
    first = Cause(
        kind="incident",
        subject=past.id,
        score=max([_BY_SIGNATURE, *(cause.score for cause in causes)]),
        summary=f"a late consequence of: {past.title}",
        evidence=tuple(evidence),
        next_step="Look at the earlier incident: outcomes tell only now what it did.",
        confidence="medium",
    )
    return (first, *(cause for cause in causes if cause.kind != "incident"))[:MOST_CAUSES]


def explain(scene: Scene, features: Sequence[Cause], others: Sequence[Cause]) -> tuple[Cause, ...]:
    """At most three causes, the likeliest first; the first says so where there is no clear one.

    `features` are what is known of each drifted feature; `others` are causes that are scored elsewhere (versions,
    groups).
    """
    suspects = suspects_of(scene)
    finding = signature_of(scene)
    known = {cause.subject: cause for cause in features}
    told = [_told(each, suspects, scene, known) for each in suspects]
    ranked = sorted([*told, *others], key=lambda cause: -cause.score)
    if finding is not None:
        return _with_signature(finding, ranked, suspects, scene)
    if not ranked:
        return ()
    unclear = _is_unclear(ranked, suspects)
    return ((_unclear(ranked), *ranked) if unclear else tuple(ranked))[:MOST_CAUSES]


def _is_unclear(ranked: Sequence[Cause], suspects: Sequence[Suspect]) -> bool:
    if suspects and ranked[0].subject == suspects[0].subject:
        return not is_clear(suspects)
    return ranked[0].score < LEAST_SCORE


def _unclear(ranked: Sequence[Cause]) -> Cause:
    close = [cause for cause in ranked if ranked[0].score - cause.score < LEAST_LEAD]
    alike = f": {named(cause.subject for cause in close)} are as likely" if len(close) > 1 else ""
    return Cause(
        kind=_NONE,
        subject="",
        score=ranked[0].score,
        summary=f"No clear cause{alike}",
        next_step="Look at the candidates below, and say which it was.",
        confidence="low",
    )


def _with_signature(
    finding: Finding, ranked: Sequence[Cause], suspects: Sequence[Suspect], scene: Scene
) -> tuple[Cause, ...]:
    same = next((cause for cause in ranked if cause.subject == finding.subject), None)
    rest = [cause for cause in ranked if cause is not same]
    best = max([_BY_SIGNATURE, *(cause.score for cause in ranked)])
    agrees = not suspects or suspects[0].subject == finding.subject or finding.kind not in ("component", "feature")
    first = Cause(
        kind=finding.kind,
        subject=finding.subject,
        score=best,
        summary=finding.summary,
        evidence=(*finding.evidence, *(same.evidence if same else _members(scene)), *_concentration(scene)),
        counter_evidence=tuple(
            dict.fromkeys((*finding.counter_evidence, *(same.counter_evidence if same else ()), *_well(scene)))
        ),
        next_step=finding.next_step,
        confidence="high" if agrees else "medium",
        signature=finding.signature,
    )
    return (first, *rest)[:MOST_CAUSES]


def _members(scene: Scene) -> tuple[str, ...]:
    """What is in alarm, in a few words."""
    said = []
    for aspect in sorted({item.aspect for item in scene.items}):
        own = {item.alert.component or item.alert.signal for item in scene.about(aspect)}
        said.append(f"{aspect.name.capitalize()}: {named(own)}.")
    return tuple(said)


def _told(of: Suspect, suspects: Sequence[Suspect], scene: Scene, features: Mapping[str, Cause]) -> Cause:
    known = features.get(of.subject) or _plain(of)
    evidence = [*known.evidence, *_why(of, scene)]
    counter = [*known.counter_evidence, *_against(of, suspects), *(_well(scene) if of.aspect not in MACHINES else ())]
    return replace(
        known,
        score=round(of.score, 4),
        evidence=tuple(dict.fromkeys(evidence)),
        counter_evidence=tuple(dict.fromkeys(counter)),
        confidence=_confidence(of, suspects),
    )


def _plain(of: Suspect) -> Cause:
    """What is said of a component, of traffic, and of how features go together."""
    worst = max(of.items, key=lambda item: (strength(item.alert), item.alert.id)).alert
    if of.aspect in MACHINES:
        said = [sentence(i.alert.monitor, named([of.subject]), i.alert.value, i.alert.threshold) for i in of.items]
        return Cause(
            kind="component",
            subject=of.subject,
            score=0.0,
            summary=sentence(worst.monitor, named([of.subject]), worst.value, worst.threshold),
            evidence=tuple(f"{each[0].upper()}{each[1:]}." for each in said),
            next_step=f"Look at {named([of.subject])} (GET /v1/components) since "
            f"{clock.to_iso(min(map(begins_us, of.items)))}.",
        )
    kind, summary = ("traffic", "traffic changed") if of.aspect is Aspect.TRAFFIC else ("joint", f"{of.subject} moved")
    return Cause(kind, of.subject, 0.0, summary, (f"{named([of.subject])}: {measured(worst, worst.statistic)}.",))


def _why(of: Suspect, scene: Scene) -> list[str]:
    said = []
    if of.explains and len(scene.items) > len(of.items) and not of.by:
        said.append(f"{of.explains:.0%} of what else is in alarm may follow from it.")
    if of.is_first:
        said.append(f"It began first, about {clock.to_iso(min(map(begins_us, of.items)))}.")
    if of.changed:
        near = [change for change in scene.changes if _is_near(change, of, scene)]
        said += [f"Shortly before, at {clock.to_iso(change.time_us)}: {change.summary}." for change in near]
    return said


def _is_near(change: Change, of: Suspect, scene: Scene) -> bool:
    return any(scene.ground.hops(node, item.node) in (0, 1) for node in nodes_of(change) for item in of.items)


def _against(of: Suspect, suspects: Sequence[Suspect]) -> list[str]:
    said = []
    if of.by:
        said.append(f"It may come from {named(of.by)} itself.")
    first = next((each for each in suspects if each.is_first and each is not of), None)
    if first is not None and first.subject not in of.by:
        said.append(f"{named([first.subject])} began earlier.")
    if not of.explains:
        said.append("Nothing else follows from it.")
    return said


def _well(scene: Scene) -> list[str]:
    if not scene.normal or scene.about(*MACHINES):
        return []
    return [f"Normal: {named(scene.normal)}, so not infrastructure."]


def _concentration(scene: Scene) -> list[str]:
    """Where all of it is, if it is in one version or segment alone."""
    said = []
    for name in ("version", "segment"):
        found = {getattr(item.alert, name) for item in scene.items if not item.alert.component}
        if len(found) == 1 and "" not in found:
            said.append(f"All of it is in {f'version {found.pop()}' if name == 'version' else found.pop()}.")
    return said


def _confidence(of: Suspect, suspects: Sequence[Suspect]) -> str:
    if of is not suspects[0]:
        return "low"
    lead = of.score - suspects[1].score if len(suspects) > 1 else 1.0
    return "medium" if is_clear(suspects) and lead >= _CLEAR_LEAD and not of.by else "low"
