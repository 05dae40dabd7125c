import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Line } from "../../charts/lines.tsx";
import type { Column } from "../../api/overview.ts";
import type { Series } from "../../api/series.ts";
import { count, inUnit, unitName } from "../../format/number.ts";
import { period } from "../../format/time.ts";
import { plural, statistic, statusName } from "../../format/words.ts";
import { useLater } from "../../marks/later.tsx";
import { Skeleton, Trouble } from "../../marks/notices.tsx";
import { Prose } from "../../marks/prose.tsx";
import { now } from "../../state/connection.ts";
import { openSignal } from "../../state/journey.ts";
import { place } from "../../state/place.ts";
import { distribution, model, overview, series, versionSeries, versionsWanted } from "../../state/questions.ts";
import { shade } from "../../state/theme.ts";
import { zoomTo } from "../../state/zoom.ts";

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

/** Whether the chosen monitor is a distance, which each version has of its own; shares and volumes have none. */
function hasVersions(shown: Series): boolean {
  const several = (model.value?.versions.length ?? 0) > 1 && place.value.version === null;
  return several && shown.statistic in (distribution.value.value?.distances ?? {});
}

/** Other lines one may lay over the series: its versions, and the same signal by other distances. */
function Overlays({ shown, chosen, choose }: {
  readonly shown: Series;
  readonly chosen: string;
  readonly choose: (name: string) => void;
}) {
  const names = [...(hasVersions(shown) ? ["versions"] : []), ...Object.keys(shown.others ?? {})];
  if (names.length === 0) return null;
  const awaited = chosen === "versions" && versionSeries.value.loading;
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
          {name === "versions" ? plural(model.value?.versions.length ?? 0, "version") : statistic(name)}
        </button>
      ))}
      {awaited ? <span class="quiet" role="status">counting …</span> : null}
    </div>
  );
}

function overlayLines(shown: Series, versions: Series | null, chosen: string): readonly Line[] {
  if (chosen === "versions") {
    // Another moment's answer may have a window more or less; lines stand at the windows of the series.
    const at = new Map(versions?.points.start_ms.map((start, index) => [start, index]));
    const values = (of: Column): Column => shown.points.start_ms.map((start) => of[at.get(start) ?? -1] ?? null);
    return versions?.versions.map((one) => ({ name: `version ${one.version}`, values: values(one.value) })) ?? NO_LINES;
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
  const overlay = useSignal(versionsWanted.peek() === shown.monitor ? "versions" : "");
  const pointed = useSignal<number | null>(null);
  const Lines = useLater(() => import("../../charts/lines.tsx"));
  const versions = versionSeries.value.value;
  const others = useMemo(() => overlayLines(shown, versions, overlay.value), [shown, versions, overlay.value]);
  const choose = (name: string): void => {
    overlay.value = name;
    versionsWanted.value = name === "versions" ? shown.monitor : null;
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
          onZoom={zoomTo}
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
      <Chart key={shown.monitor} shown={shown} />
      {shown.baseline === null ? null : <p class="quiet">
          {shown.baseline.startsWith("Baseline:") ? null : "Compared with "}
          <Prose text={shown.baseline.replace(/\.$/, "")} />.
        </p>}
      <PointTable shown={shown} />
    </section>
  );
}
