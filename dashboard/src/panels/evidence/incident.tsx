import type { Cause, Incident } from "../../api/incidents.ts";
import { plural } from "../../format/words.ts";
import { PriorityChip } from "../../marks/chips.tsx";
import { isAwaited, Skeleton, Trouble } from "../../marks/notices.tsx";
import { Prose } from "../../marks/prose.tsx";
import { Timeline } from "../../marks/timeline.tsx";
import { alertOf, closeOne, monitorOf, openAlert, openSignal } from "../../state/journey.ts";
import { go } from "../../state/place.ts";
import { incident } from "../../state/questions.ts";
import { Alerts } from "./alerts.tsx";
import { Telling } from "./telling.tsx";
import { IncidentAnswer } from "./answers.tsx";
import { ImpactEvidence } from "./impact.tsx";

function Reasons({ title, lines, sign }: { readonly title: string; readonly lines: readonly string[]; readonly sign: string }) {
  if (lines.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <ul class={`reasons ${sign}`}>
        {lines.map((line) => (
          <li key={line}>
            <Prose text={line} />
          </li>
        ))}
      </ul>
    </>
  );
}

function CauseCard({ cause, rank }: { readonly cause: Cause; readonly rank: number }) {
  const alert = alertOf(cause);
  const monitor = alert?.monitor ?? monitorOf(cause.subject);
  const score = Math.round(Math.min(Math.max(cause.score, 0), 1) * 100);
  return (
    <li class="cause-card">
      <button
        type="button"
        class="cause-head"
        disabled={monitor === null}
        data-subject={cause.subject}
        onClick={() => {
          if (alert !== null) openAlert(alert);
          else if (monitor !== null) openSignal(monitor);
        }}
      >
        <span class="rank">{rank}</span>
        <span class="summary">
          <Prose text={cause.summary} />
        </span>
        <span class="score" title={`Score ${score} of 100`}>
          <svg viewBox="0 0 100 4" preserveAspectRatio="none" height="4" aria-hidden="true">
            <rect class="track" width="100" height="4" />
            <rect class="fill" width={score} height="4" />
          </svg>
          <span class="words">score {score} of 100</span>
        </span>
      </button>
      <details open={rank === 1}>
        <summary>Why{cause.confidence ? ` (confidence: ${cause.confidence})` : ""}</summary>
        <Reasons title="Evidence" lines={cause.evidence} sign="for" />
        <Reasons title="Counter-evidence" lines={cause.counter_evidence} sign="against" />
        {cause.next_step === "" ? null : (
          <p class="next-step">
            <b>Next</b> <Prose text={cause.next_step} />
          </p>
        )}
      </details>
    </li>
  );
}

function Causes({ shown }: { readonly shown: Incident }) {
  if (shown.causes.length === 0) return <p class="quiet">No clear cause. The alerts below are what is known.</p>;
  const unclear = shown.causes.find((cause) => cause.kind === "none");
  return (
    <>
      {unclear === undefined ? null : (
        <p class="quiet">
          <Prose text={`${unclear.summary}.`} />
        </p>
      )}
      <ol class="causes">
        {shown.causes
          .filter((cause) => cause !== unclear)
          .map((cause, position) => (
            <CauseCard key={`${cause.kind} ${cause.subject}`} cause={cause} rank={position + 1} />
          ))}
      </ol>
    </>
  );
}

/** An incident as an explanation: when it began, what probably caused it, what speaks for and against that. */
export function IncidentEvidence() {
  const { value: shown, failure } = incident.value;
  return (
    <article class="evidence" aria-label="Incident">
      <div class="evidence-bar">
        <span class="quiet">Incident{shown === null ? "" : ` ${shown.id}, revision ${shown.revision}`}</span>
        <button type="button" class="plain push-left" onClick={() => go({ page: "report" })} title="All of it on a page to print">
          Report
        </button>
        <button type="button" class="plain close" onClick={closeOne} title="Close (Esc)">
          Close
        </button>
      </div>
      {failure === null ? null : <Trouble failure={failure} what="The incident" />}
      {isAwaited(shown, failure) ? <Skeleton lines={8} /> : null}
      {shown === null ? null : (
        <>
          <h2>
            <PriorityChip priority={shown.priority} /> <Prose text={shown.title} />
          </h2>
          <p class="quiet">
            {shown.state}, severity {shown.severity}
            {shown.ended === "" ? "" : `. ${shown.ended}`}
          </p>
          {shown.grounds ? (
            <p class="quiet">
              <Prose text={shown.grounds} />
            </p>
          ) : null}
          <Timeline shown={shown} />
          <Telling of={shown} />
          <h3>Likely causes</h3>
          <Causes shown={shown} />
          <h3>{plural(shown.alerts?.length ?? 0, "alert")}</h3>
          <IncidentAnswer shown={shown} />
          <Alerts alerts={shown.alerts ?? []} />
          <ImpactEvidence />
        </>
      )}
    </article>
  );
}
