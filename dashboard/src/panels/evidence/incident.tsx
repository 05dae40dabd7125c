import type { Alert, Cause, Incident } from "../../api/incidents.ts";
import { count, inUnit, unitName } from "../../format/number.ts";
import { ago, duration } from "../../format/time.ts";
import { LAYER_NAMES, plural, shortStatistic } from "../../format/words.ts";
import { PriorityChip, StateDot } from "../../marks/chips.tsx";
import { isAwaited, Skeleton, Trouble } from "../../marks/notices.tsx";
import { Prose } from "../../marks/prose.tsx";
import { When } from "../../marks/when.tsx";
import { now } from "../../state/connection.ts";
import { closeOne, monitorOf, openSignal } from "../../state/journey.ts";
import { incident } from "../../state/questions.ts";

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
  const monitor = monitorOf(cause.subject);
  const score = Math.round(Math.min(Math.max(cause.score, 0), 1) * 100);
  return (
    <li class="cause-card">
      <button
        type="button"
        class="cause-head"
        disabled={monitor === null}
        data-subject={cause.subject}
        onClick={() => {
          if (monitor !== null) openSignal(monitor);
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
        <summary>Why</summary>
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

function AlertRow({ alert }: { readonly alert: Alert }) {
  const state = alert.state === "firing" ? "" : alert.state;
  const notes = [state, alert.no_data ? "no data" : "", alert.provisional ? "provisional" : ""].filter(Boolean).join(", ");
  return (
    <tr onClick={() => openSignal(alert.monitor)}>
      <th scope="row">
        <button type="button" class="link" onClick={() => openSignal(alert.monitor)}>
          <StateDot state={alert.state} />
          {alert.label} <span class="statistic">{shortStatistic(alert.statistic)}</span>
          {notes === "" ? null : <span class="quiet"> {notes}</span>}
        </button>
      </th>
      <td>
        <b>{inUnit(alert.value, alert.unit)}</b> <span class="quiet">/ {inUnit(alert.threshold, alert.unit)}</span>
      </td>
      <td>{count(alert.n)}</td>
      <td>
        <When ms={alert.onset_ms} />
      </td>
    </tr>
  );
}

function Alerts({ alerts }: { readonly alerts: readonly Alert[] }) {
  const unit = unitName(alerts[0]?.unit ?? "");
  const oneUnit = unit !== "" && alerts.every((alert) => unitName(alert.unit) === unit);
  return (
    <div class="scroll-x">
      <table class="alerts">
        <thead>
          <tr>
            <th scope="col">Alert</th>
            <th scope="col" title={`Value / threshold${oneUnit ? `, ${unit}` : ""}`}>
              Value
            </th>
            <th scope="col">n</th>
            <th scope="col">Onset</th>
          </tr>
        </thead>
        <tbody>
          {alerts.map((alert) => (
            <AlertRow key={alert.id} alert={alert} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Timeline({ shown }: { readonly shown: Incident }) {
  const onset = shown.onset_ms;
  const delay = onset === null ? null : shown.opened_ms - onset;
  return (
    <dl class="timeline">
      <dt>Onset</dt>
      <dd>
        <When ms={onset} /> {onset === null ? null : <span class="quiet">{ago(onset, now.value)}</span>}
      </dd>
      <dt>Opened</dt>
      <dd>
        <When ms={shown.opened_ms} /> {delay === null ? null : <span class="quiet">{duration(delay)} after the onset</span>}
      </dd>
      {shown.resolved_ms === null ? null : (
        <>
          <dt>Resolved</dt>
          <dd>
            <When ms={shown.resolved_ms} />
          </dd>
        </>
      )}
      <dt>Layers</dt>
      <dd>{shown.layers.map((layer) => LAYER_NAMES[layer]).join(", ")}</dd>
    </dl>
  );
}

function Causes({ shown }: { readonly shown: Incident }) {
  if (shown.causes.length === 0) return <p class="quiet">No clear cause. The alerts below are what is known.</p>;
  return (
    <ol class="causes">
      {shown.causes.map((cause, position) => (
        <CauseCard key={`${cause.kind} ${cause.subject}`} cause={cause} rank={position + 1} />
      ))}
    </ol>
  );
}

/** An incident as an explanation: when it began, what probably caused it, what speaks for and against that. */
export function IncidentEvidence() {
  const { value: shown, failure } = incident.value;
  return (
    <article class="evidence" aria-label="Incident">
      <div class="evidence-bar">
        <span class="quiet">Incident{shown === null ? "" : ` ${shown.id}, revision ${shown.revision}`}</span>
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
          </p>
          <Timeline shown={shown} />
          <h3>Likely causes</h3>
          <Causes shown={shown} />
          <h3>{plural(shown.alerts?.length ?? 0, "alert")}</h3>
          <Alerts alerts={shown.alerts ?? []} />
        </>
      )}
    </article>
  );
}
