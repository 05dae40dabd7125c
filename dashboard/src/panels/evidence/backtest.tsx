import { useRef } from "preact/hooks";
import type { Otherwise, PlayedIncident, Report } from "../../api/backtest.ts";
import { count } from "../../format/number.ts";
import { duration, period } from "../../format/time.ts";
import { plural } from "../../format/words.ts";
import { PriorityChip } from "../../marks/chips.tsx";
import { Copyable } from "../../marks/copyable.tsx";
import { Prose } from "../../marks/prose.tsx";
import { When } from "../../marks/when.tsx";
import { now } from "../../state/connection.ts";
import { closeOne } from "../../state/journey.ts";
import { place } from "../../state/place.ts";
import { playing, playPast } from "../../state/playing.ts";
import { model } from "../../state/questions.ts";

const HOUR = 3_600_000;

/** What may be tried: a key of `[models.NAME]`, what it is, and what it accepts. */
const CHOICES: readonly { readonly key: string; readonly name: string; readonly hint: string; readonly min: string; readonly step: string }[] = [
  { key: "budget", name: "Budget", hint: "false incidents a month you are willing to look at", min: "0.01", step: "any" },
  { key: "smallest_effect", name: "Smallest effect", hint: "JS distance that matters", min: "0", step: "any" },
  { key: "min_rows", name: "Least rows", hint: "fewer in a window are not enough data", min: "1", step: "1" },
];

function Form({ name, busy }: { readonly name: string; readonly busy: boolean }) {
  const form = useRef<HTMLFormElement>(null);
  const play = (event: Event): void => {
    event.preventDefault();
    if (form.current === null) return;
    const fields = [...new FormData(form.current)].filter(([, value]) => String(value).trim() !== "");
    void playPast(name, Object.fromEntries(fields.map(([key, value]) => [key, Number(value)])));
  };
  const budget = model.value?.monitoring?.budget ?? null;
  return (
    <form class="tried" ref={form} onSubmit={play}>
      {CHOICES.map(({ key, name: words, hint, min, step }) => (
        <label key={key}>
          <span>
            {words} <span class="quiet">{hint}</span>
          </span>
          <input name={key} type="number" min={min} step={step} placeholder={key === "budget" && budget !== null ? String(budget) : "as it is"} />
        </label>
      ))}
      <button class="primary" disabled={busy}>
        {busy ? "Playing …" : "Play the past"}
      </button>
    </form>
  );
}

function Table({ rows, of }: { readonly rows: readonly Otherwise[]; readonly of: "budget" | "times" }) {
  if (rows.length === 0) return null;
  return (
    <>
      <h3>{of === "budget" ? "What other budgets would have told" : "What other thresholds would have told"}</h3>
      <table class="otherwise">
        <thead>
          <tr>
            <th scope="col">{of === "budget" ? "Budget a month" : "Thresholds"}</th>
            <th scope="col">Incidents</th>
            <th scope="col">A month</th>
            <th scope="col">Alerts</th>
            <th scope="col">In alarm</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row[of]} class={row.present ? "present" : ""}>
              <th scope="row">
                {of === "budget" ? row.budget : `× ${row.times}`} {row.present ? <span class="quiet">played</span> : null}
              </th>
              <td>
                <b>{row.incidents}</b>
              </td>
              <td>{row.incidents_a_month.toFixed(1)}</td>
              <td>{row.alerts}</td>
              <td>{row.alarm_hours === 0 ? "never" : duration(row.alarm_hours * HOUR)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function PlayedIncidents({ told }: { readonly told: readonly PlayedIncident[] }) {
  if (told.length === 0) return <p class="quiet">You would have been told nothing.</p>;
  return (
    <ul class="played">
      {told.map((one) => (
        <li key={one.id}>
          <PriorityChip priority={one.priority} /> <Prose text={one.title} />
          <span class="quiet">
            <When ms={Date.parse(one.opened)} /> – {one.closed === null ? "still open" : <When ms={Date.parse(one.closed)} />}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** The settings as the configuration wants them: the screen changes no files. */
function Keep({ name, tried }: { readonly name: string; readonly tried: Readonly<Record<string, number>> }) {
  const lines = Object.entries(tried).map(([key, value]) => `${key} = ${key === "min_rows" ? value : Number.isInteger(value) ? `${value}.0` : value}`);
  if (lines.length === 0) return null;
  const title = /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name);
  return (
    <>
      <p class="quiet note">Nothing has changed yet. To keep it, put this into the configuration and restart the server:</p>
      <Copyable language="seamark.toml" code={[`[models.${title}]`, ...lines].join("\n")} />
    </>
  );
}

function Found({ name, report, tried }: { readonly name: string; readonly report: Report; readonly tried: Readonly<Record<string, number>> }) {
  const months = Math.max((Date.parse(report.to) - Date.parse(report.from)) / (30 * 24 * HOUR), 1 / 30);
  return (
    <section aria-label="What was found">
      <p class="verdict">
        <b class="value">{plural(report.incidents.length, "incident")}</b>
        <span>
          of {plural(report.alerts.length, "alert")}, {(report.incidents.length / months).toFixed(1)} a month
        </span>
        <span class="n">
          {period(Date.parse(report.from), Date.parse(report.to), now.peek())}: {count(report.rows)} predictions in{" "}
          {plural(report.windows, "window")} of {duration(report.window_seconds * 1000)}
        </span>
      </p>
      <PlayedIncidents told={report.incidents} />
      <Table rows={report.budgets} of="budget" />
      <Table rows={report.thresholds} of="times" />
      {report.notes.map((note) => (
        <p key={note} class="quiet note">
          {note}
        </p>
      ))}
      <Keep name={name} tried={tried} />
    </section>
  );
}

/** What the stored past would have told under other settings, before anything is changed. */
export default function BacktestEvidence() {
  const name = place.value.model ?? "";
  const mine = playing.value?.model === name ? playing.value : null;
  const play = mine?.play ?? null;
  const busy = mine !== null && mine.refused === null && (play === null || play.state === "running");
  return (
    <article class="evidence" aria-label="Backtest">
      <div class="evidence-bar">
        <span class="quiet">Backtest</span>
        <button type="button" class="plain close" onClick={closeOne} title="Close (Esc)">
          Close
        </button>
      </div>
      <h2>What if it were set otherwise?</h2>
      <p class="quiet">
        Plays all that is stored of {name} with the settings below, as if they had been in force. What is left empty stays
        as it is; nothing is changed by playing.
      </p>
      <Form key={name} name={name} busy={busy} />
      {busy ? (
        <p class="waiting-play" role="status">
          <progress aria-label="Played so far" {...(play === null || play.share === 0 ? {} : { value: play.share })} />
          <span class="quiet">{play === null ? "asking" : `${Math.round(100 * play.share)} % played`}</span>
        </p>
      ) : null}
      {mine?.refused ? (
        <p class="warn" role="alert">
          {mine.refused}
        </p>
      ) : null}
      {play?.error ? (
        <p class="warn" role="alert">
          {play.error}
        </p>
      ) : null}
      {play?.report && mine !== null ? <Found name={name} report={play.report} tried={mine.tried} /> : null}
    </article>
  );
}
