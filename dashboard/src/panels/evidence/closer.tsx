import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { count, number, percent } from "../../format/number.ts";
import { Skeleton, Trouble } from "../../marks/notices.tsx";
import { When } from "../../marks/when.tsx";
import { bySegment, MOST_SEGMENTS, rowsWanted, segmentsWanted, storedRows } from "../../state/closer.ts";
import { impact } from "../../state/impacts.ts";
import { go, place } from "../../state/place.ts";
import { chosenRow, model, overview, series } from "../../state/questions.ts";

/** Looked up when it is opened. */
function Opened({ title, wanted, children }: { readonly title: string; readonly wanted: Signal<boolean>; readonly children: ComponentChildren }) {
  return (
    <details
      class="closer"
      open={wanted.value}
      onToggle={(event) => {
        wanted.value = event.currentTarget.open;
      }}
    >
      <summary>{title}</summary>
      {wanted.value ? children : null}
    </details>
  );
}

function chosenSignal(): string {
  return overview.value.value?.signals.name[chosenRow.value] ?? "";
}

/** How much of the incident's shift of predictions this feature's drift accounts for. */
export function Explained() {
  const shown = place.value.incident === null ? null : impact.value.value;
  const at = shown?.features.feature.indexOf(chosenSignal()) ?? -1;
  const share = shown?.features.share_explained[at] ?? null;
  const effect = shown?.features.impact[at] ?? null;
  if (shown === null || at < 0 || effect === null) return null;
  return (
    <p class="quiet note">
      During the incident its drift should have moved the mean of {shown.target} by <b>{number(effect)}</b>
      {share === null ? "" : `: ${percent(share)} of the shift`}, estimated from {count(shown.n)} predictions.
    </p>
  );
}

const FIRST_COLUMNS = ["id", "time", "version"];
const LAST_COLUMNS = /^(prediction|score)/;

function cell(name: string, value: unknown) {
  if (name === "time" && typeof value === "number") return <When ms={value} />;
  if (value === null || value === undefined) return <span class="quiet">missing</span>;
  return typeof value === "number" && !Number.isInteger(value) ? number(value) : String(value);
}

function Rows() {
  const { value: shown, failure, loading } = storedRows.value;
  if (failure !== null) return failure.kind === "not_found" ? <p class="quiet">{failure.message}</p> : <Trouble failure={failure} what="The rows" />;
  if (shown === null) return loading ? <Skeleton lines={4} /> : null;
  if (shown.rows === 0) return <p class="quiet">No rows of this window are stored (any more).</p>;
  const names = Object.keys(shown.columns);
  const own = names.filter((name) => name === chosenSignal() || LAST_COLUMNS.test(name));
  const order = [...FIRST_COLUMNS.filter((name) => names.includes(name)), ...own];
  return (
    <>
      <div class="scroll-x tall">
        <table>
          <thead>
            <tr>
              {order.map((name) => (
                <th key={name} scope="col">
                  {name.replace(/^feature\./, "")}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: shown.rows }, (_, row) => (
              <tr key={row}>
                {order.map((name) => (
                  <td key={name}>{cell(name, shown.columns[name]?.[row])}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet">
        The first {shown.rows} stored rows of the window{place.value.segment === null ? "" : ", of all traffic"}.
      </p>
    </>
  );
}

function Segments() {
  const { value: parts, failure, loading } = bySegment.value;
  if (failure !== null) return <Trouble failure={failure} what="The segments" />;
  if (parts === null) return loading ? <Skeleton lines={4} /> : null;
  const statistic = series.value.value?.statistic ?? "jensen_shannon";
  const value = (distances: (typeof parts)[number]["shown"]["distances"]) => distances[statistic]?.debiased ?? distances["jensen_shannon"]?.debiased ?? null;
  const rows = parts.map(({ segment, shown }) => ({ segment, n: shown.n, value: value(shown.distances) })).sort((a, b) => (b.value ?? -1) - (a.value ?? -1));
  const most = Math.max(1e-9, ...rows.map((row) => row.value ?? 0));
  const all = (model.value?.segments ?? []).length;
  return (
    <>
      <table class="versions">
        <thead>
          <tr>
            <th scope="col">Segment</th>
            <th scope="col">Value</th>
            <td aria-hidden="true" />
            <th scope="col">n</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.segment}>
              <th scope="row">
                <button type="button" class="link" onClick={() => go({ segment: row.segment })}>
                  {row.segment}
                </button>
              </th>
              <td>
                <b>{number(row.value)}</b>
              </td>
              <td class="bar">
                <svg viewBox="0 0 100 8" preserveAspectRatio="none" height="8" aria-hidden="true">
                  <rect class="after more" width={((row.value ?? 0) / most) * 100} height="8" />
                </svg>
              </td>
              <td>{count(row.n)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet">
        Distance of this window's rows from the baseline{all > MOST_SEGMENTS ? `; the first ${MOST_SEGMENTS} of ${all} segments` : ""}.
      </p>
    </>
  );
}

/** Closer still: where in the traffic, and the very rows. */
export function CloserEvidence() {
  const several = (model.value?.segments ?? []).length > 0 && place.value.segment === null;
  return (
    <section aria-label="Closer">
      {several ? (
        <Opened title="By segment" wanted={segmentsWanted}>
          <Segments />
        </Opened>
      ) : null}
      <Opened title="Rows of this window" wanted={rowsWanted}>
        <Rows />
      </Opened>
    </section>
  );
}
