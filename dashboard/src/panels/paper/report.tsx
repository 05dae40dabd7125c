import type { Cause, Incident } from "../../api/incidents.ts";
import type { Overview } from "../../api/overview.ts";
import { columns, worst } from "../../charts/buckets.ts";
import { HatchPattern, HeatStrip } from "../../charts/heatStrip.tsx";
import { count, inUnit, unitName } from "../../format/number.ts";
import { period, ticks, utc, zone } from "../../format/time.ts";
import { ANSWER_WORDS, plural, shortStatistic } from "../../format/words.ts";
import { PriorityChip } from "../../marks/chips.tsx";
import { isAwaited, Skeleton, Trouble } from "../../marks/notices.tsx";
import { Prose } from "../../marks/prose.tsx";
import { When } from "../../marks/when.tsx";
import { now } from "../../state/connection.ts";
import { impact } from "../../state/impacts.ts";
import { place } from "../../state/place.ts";
import { incident, overview } from "../../state/questions.ts";
import { Paper } from "./paper.tsx";
import { Timeline } from "../../marks/timeline.tsx";

const STRIP = { width: 430, height: 14 };
const LEAST_PIXELS = 3;

function CauseText({ cause, rank }: { readonly cause: Cause; readonly rank: number }) {
  const lists: readonly [string, string, readonly string[]][] = [
    ["for", "Evidence", cause.evidence],
    ["against", "Counter-evidence", cause.counter_evidence],
  ];
  return (
    <li>
      <h3>
        {rank}. <Prose text={cause.summary} />
      </h3>
      {lists.map(([sign, title, lines]) => (
        <ul key={sign} class={`reasons ${sign}`} aria-label={title}>
          {lines.map((line) => (
            <li key={line}>
              <Prose text={line} />
            </li>
          ))}
        </ul>
      ))}
      {cause.next_step === "" ? null : (
        <p class="next-step">
          <b>Next</b> <Prose text={cause.next_step} />
        </p>
      )}
    </li>
  );
}

/** The incident's monitors over the range that frames it. */
function Strips({ shown, of }: { readonly shown: Overview; readonly of: Incident }) {
  const windowMs = shown.window_ms ?? 3_600_000;
  const layout = columns(shown.windows.start_ms, windowMs, shown.from_ms, shown.to_ms, STRIP.width, LEAST_PIXELS);
  const lit = new Set(of.monitors ?? []);
  const rows = shown.signals.monitor.flatMap((name, index) => (lit.has(name) ? [index] : []));
  if (rows.length === 0) return null;
  const x = (ms: number): number => ((ms - layout.from) / (layout.to - layout.from)) * STRIP.width;
  const height = rows.length * (STRIP.height + 4) + 16;
  return (
    <section aria-label="Over time">
      <h2>Over time</h2>
      <HatchPattern />
      <div class="strips">
        <ul>
          {rows.map((index) => (
            <li key={index}>
              {shown.signals.label[index]} <span class="statistic">{shortStatistic(shown.signals.statistic[index] ?? "")}</span>
            </li>
          ))}
        </ul>
        <div class="strip-column">
          {rows.map((index) => {
            const [status, exceedance] = [shown.cells.status.at(index) ?? [], shown.cells.exceedance.at(index) ?? []];
            return (
              <HeatStrip
                key={index}
                status={status}
                exceedance={exceedance}
                chosen={worst(status, exceedance, layout)}
                columnWidth={layout.width}
                height={STRIP.height}
                provisional={shown.signals.provisional?.[index] === true}
              />
            );
          })}
          <svg class="strip-axis" width={STRIP.width} height={height} aria-hidden="true">
            {of.onset_ms === null ? null : <path class="onset" d={`M${x(of.onset_ms)} 0V${height - 14}`} />}
            {ticks(layout.from, layout.to, 6).map((tick) => (
              <text key={tick.at} x={x(tick.at)} y={height - 2}>
                {tick.text}
              </text>
            ))}
          </svg>
        </div>
      </div>
      <p class="quiet">
        {period(shown.from_ms, shown.to_ms, now.peek())}, {plural(shown.windows.start_ms.length, "window")}; each column shows the
        worst of {layout.per === 1 ? "its window" : plural(layout.per, "window")}; the line is the onset.
      </p>
    </section>
  );
}

function AlertTable({ of }: { readonly of: Incident }) {
  return (
    <section aria-label="Alerts">
      <h2>{plural(of.alerts?.length ?? 0, "alert")}</h2>
      <div class="scroll-x">
        <table>
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Value</th>
              <th scope="col">Threshold</th>
              <th scope="col">n</th>
              <th scope="col">In the window</th>
              <th scope="col">Onset</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {(of.alerts ?? []).map((alert) => (
              <tr key={alert.id}>
                <th scope="row">
                  {alert.label} <span class="statistic">{shortStatistic(alert.statistic)}</span>
                  {[alert.segment, alert.version === "" ? "" : `version ${alert.version}`].filter(Boolean).map((part) => (
                    <span key={part} class="quiet"> {part}</span>
                  ))}
                </th>
                <td>
                  <b>{inUnit(alert.value, alert.unit)}</b> <span class="quiet">{unitName(alert.unit)}</span>
                </td>
                <td>{inUnit(alert.threshold, alert.unit)}</td>
                <td>{count(alert.n)}</td>
                <td>{alert.about === null ? "–" : period(alert.about.from_ms, alert.about.to_ms, now.peek())}</td>
                <td>
                  <When ms={alert.onset_ms} />
                </td>
                <td>
                  {alert.answer === null ? alert.state : ANSWER_WORDS[alert.answer.answer].done}
                  {alert.answer === null || alert.answer.comment === "" ? null : ` “${alert.answer.comment}”`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Impact() {
  const shown = impact.value.value;
  if (shown === null) return null;
  return (
    <section aria-label="Impact">
      <h2>Which drift matters</h2>
      <p>{shown.summary}</p>
      <p class="quiet">
        n {count(shown.n)} against {count(shown.baseline_n)} of the baseline.
      </p>
    </section>
  );
}

function Body({ of }: { readonly of: Incident }) {
  const shown = overview.value.value;
  return (
    <>
      <p class="quiet">
        Incident {of.id}, revision {of.revision}, of {of.model}
      </p>
      <h1>
        <PriorityChip priority={of.priority} /> <Prose text={of.title} />
      </h1>
      <p>
        {of.state}, severity {of.severity}
        {of.ended === "" ? "" : `. ${of.ended}`}
      </p>
      <Timeline shown={of} />
      {shown === null ? null : <Strips shown={shown} of={of} />}
      <h2>Likely causes</h2>
      {of.causes.length === 0 ? <p>No clear cause. The alerts below are what is known.</p> : null}
      <ol class="cause-texts">
        {of.causes.map((cause, position) => (
          <CauseText key={`${cause.kind} ${cause.subject}`} cause={cause} rank={position + 1} />
        ))}
      </ol>
      <Impact />
      <AlertTable of={of} />
      <footer class="quiet">
        Times are in {zone()}. Read {utc(now.peek())}. {new URL(`?model=${encodeURIComponent(of.model)}&incident=${of.id}`, document.baseURI).href}
      </footer>
    </>
  );
}

/** An incident on paper: everything that is known, nothing to click. */
export default function Report() {
  const { value: of, failure } = incident.value;
  return (
    <Paper title="Incident report" back={{ page: null }}>
      {place.value.incident === null ? <p>No incident is chosen.</p> : null}
      {failure === null ? null : <Trouble failure={failure} what="The incident" />}
      {place.value.incident !== null && isAwaited(of, failure) ? <Skeleton lines={12} /> : null}
      {of === null ? null : <Body of={of} />}
    </Paper>
  );
}
