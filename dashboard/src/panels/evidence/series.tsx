import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Line } from "../../charts/lines.tsx";
import type { Series } from "../../api/series.ts";
import { count, inUnit, unitName } from "../../format/number.ts";
import { period } from "../../format/time.ts";
import { plural, statistic, statusName } from "../../format/words.ts";
import { useLater } from "../../marks/later.ts";
import { Skeleton, Trouble } from "../../marks/notices.tsx";
import { Prose } from "../../marks/prose.tsx";
import { now } from "../../state/connection.ts";
import { openSignal } from "../../state/journey.ts";
import { place } from "../../state/place.ts";
import { overview, series } from "../../state/questions.ts";
import { shade } from "../../state/theme.ts";

const NO_LINES: readonly Line[] = [];
const NO_CHANGES: readonly number[] = [];

function PointTable({ shown }: { readonly shown: Series }) {
  const opened = useSignal(false);
  const { start_ms, value, threshold, status, n } = shown.points;
  return (
    <details
      onToggle={(event) => {
        opened.value = event.currentTarget.open;
      }}
    >
      <summary>All {plural(start_ms.length, "window")} as a table</summary>
      {opened.value ? (
        <div class="scroll-x tall">
          <table>
            <thead>
              <tr>
                <th scope="col">Window</th>
                <th scope="col">Value</th>
                <th scope="col">Threshold</th>
                <th scope="col">n</th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>
              {start_ms.map((start, index) => (
                <tr key={start}>
                  <th scope="row">{period(start, start + shown.window_ms, now.peek())}</th>
                  <td>{inUnit(value[index], shown.unit)}</td>
                  <td>{inUnit(threshold[index], shown.unit)}</td>
                  <td>{count(n[index])}</td>
                  <td>{statusName(status[index] ?? null)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </details>
  );
}

/** Other lines one may lay over the series: its versions, and the same signal by other distances. */
function Overlays({ shown, chosen, choose }: {
  readonly shown: Series;
  readonly chosen: string;
  readonly choose: (name: string) => void;
}) {
  const versions = shown.versions.length > 1 ? ["versions"] : [];
  const names = [...versions, ...Object.keys(shown.others ?? {})];
  if (names.length === 0) return null;
  return (
    <div class="overlays" role="group" aria-label="Compare with">
      <span class="quiet">compare with</span>
      {names.map((name) => (
        <button
          key={name}
          type="button"
          class="toggle"
          aria-pressed={chosen === name}
          onClick={() => choose(chosen === name ? "" : name)}
        >
          {name === "versions" ? plural(shown.versions.length, "version") : statistic(name)}
        </button>
      ))}
    </div>
  );
}

function overlayLines(shown: Series, chosen: string): readonly Line[] {
  if (chosen === "versions") {
    return shown.versions.map((one) => ({ name: `version ${one.version}`, values: one.value }));
  }
  const other = shown.others?.[chosen];
  return other === undefined ? NO_LINES : [{ name: statistic(chosen), values: other.value }];
}

/** What the lines are, and what they say at the window pointed at, else at the chosen one. */
function Readout({ shown, others, pointed }: {
  readonly shown: Series;
  readonly others: readonly Line[];
  readonly pointed: number | null;
}) {
  const { start_ms, value, threshold, n } = shown.points;
  const chosen = start_ms.indexOf(place.value.at ?? -1);
  const at = pointed ?? (chosen < 0 ? start_ms.length - 1 : chosen);
  const start = start_ms[at];
  return (
    <p class="readout keys">
      {start === undefined ? null : <span>{period(start, start + shown.window_ms, now.peek())}</span>}
      <span class="key value">
        value <b>{inUnit(value[at], shown.unit)}</b>
      </span>
      <span class="key threshold">
        threshold <b>{inUnit(threshold[at], shown.unit)}</b>
      </span>
      {others.map((other, index) => (
        <span key={other.name} class={`key other-${index % 4}`}>
          {other.name} <b>{inUnit(other.values[at], shown.unit)}</b>
        </span>
      ))}
      <span>n {count(n[at])}</span>
    </p>
  );
}

function Chart({ shown }: { readonly shown: Series }) {
  const overlay = useSignal("");
  const pointed = useSignal<number | null>(null);
  const Lines = useLater(() => import("../../charts/lines.tsx"));
  const others = useMemo(() => overlayLines(shown, overlay.value), [shown, overlay.value]);
  const choose = (name: string): void => {
    overlay.value = name;
  };
  const point = (index: number | null): void => {
    pointed.value = index;
  };
  return (
    <>
      <Overlays shown={shown} chosen={overlay.value} choose={choose} />
      {Lines === null ? (
        <Skeleton lines={5} />
      ) : (
        <Lines
          starts={shown.points.start_ms}
          windowMs={shown.window_ms}
          values={shown.points.value}
          threshold={shown.points.threshold}
          status={shown.points.status}
          others={others}
          onset={shown.onset_ms}
          changes={overview.value.value?.changes.time_ms ?? NO_CHANGES}
          at={place.value.at}
          show={(number) => inUnit(number, shown.unit)}
          shade={shade.value}
          onPoint={point}
          onPick={(start) => openSignal(shown.monitor, start)}
        />
      )}
      <Readout shown={shown} others={others} pointed={pointed.value} />
    </>
  );
}

/** The monitor over the range, with its threshold. */
export function SeriesEvidence() {
  const { value: shown, failure, loading } = series.value;
  if (failure !== null && shown === null) return <Trouble failure={failure} what="The series" />;
  if (shown === null) return loading ? <Skeleton lines={6} /> : null;
  const unit = unitName(shown.unit);
  return (
    <section class="series" aria-label="Series">
      <h3>
        Over time{unit === "" ? "" : <span class="quiet">, {unit}</span>}
      </h3>
      <Chart shown={shown} />
      {shown.baseline === null ? null : <p class="quiet">
          {shown.baseline.startsWith("Baseline:") ? null : "Compared with "}
          <Prose text={shown.baseline.replace(/\.$/, "")} />.
        </p>}
      <PointTable shown={shown} />
    </section>
  );
}
