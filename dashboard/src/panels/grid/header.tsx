import { count } from "../../format/number.ts";
import { duration, ticks, utc, zone } from "../../format/time.ts";
import { place } from "../../state/place.ts";
import { overview } from "../../state/questions.ts";
import { zoomBy } from "../../state/zoom.ts";
import { beginDrag } from "./drag.ts";
import { chosenIncident, layout, narrow, rows, stripHeight, timelineWidth, tops, xOf } from "./layout.ts";

const TRAFFIC_HEIGHT = 16;
const TICK_PIXELS = 84;

/** Rows per column as small bars: every number above has this n behind it. */
function Traffic() {
  const shown = overview.value.value;
  const at = layout.value;
  if (shown === null || at === null) return null;
  const sums = new Float64Array(at.count);
  shown.windows.rows.forEach((n, window) => {
    const column = at.of[window] ?? -1;
    if (column >= 0 && column < at.count) sums[column] = (sums[column] ?? 0) + (n ?? 0);
  });
  const most = Math.max(1, ...sums);
  const path = Array.from(sums, (sum, column) => {
    const tall = (sum / most) * TRAFFIC_HEIGHT;
    return `M${(column * at.width).toFixed(1)} ${TRAFFIC_HEIGHT}v-${tall.toFixed(1)}h${at.width.toFixed(1)}v${tall.toFixed(1)}z`;
  }).join("");
  const title = `Predictions per column, at most ${count(most)}`;
  return (
    <svg class="traffic" width={timelineWidth.value} height={TRAFFIC_HEIGHT} role="img" aria-label={title}>
      <title>{title}</title>
      <path d={path} />
    </svg>
  );
}

function Ticks() {
  const at = layout.value;
  if (at === null) return null;
  const marks = ticks(at.from, at.to, timelineWidth.value / TICK_PIXELS);
  return (
    <div class="ticks">
      {marks.map((tick) => (
        <span key={tick.at} class={tick.major ? "major" : ""} style={{ left: `${xOf(tick.at)}px` }} title={utc(tick.at)}>
          {tick.text}
        </span>
      ))}
    </div>
  );
}

/** Flags for changes, and the word at the onset of the chosen incident. */
function Flags() {
  const shown = overview.value.value;
  if (shown === null) return null;
  const onset = chosenIncident.value?.onset_ms ?? null;
  const { changes } = shown;
  const inside = (ms: number): boolean => xOf(ms) >= 0 && xOf(ms) <= timelineWidth.value;
  return (
    <div class="flags">
      {changes.time_ms.map((ms, index) =>
        inside(ms) ? (
          <span
            key={changes.id[index]}
            class="flag"
            style={{ left: `${xOf(ms)}px` }}
            title={`${changes.kind[index]}: ${changes.summary[index]} (${utc(ms)})`}
          >
            ▾<span class="words">{`${changes.kind[index]}: ${changes.summary[index]}`}</span>
          </span>
        ) : null,
      )}
      {onset !== null && inside(onset) ? (
        <span class={`onset-flag ${xOf(onset) > timelineWidth.value - 60 ? "left" : ""}`} style={{ left: `${xOf(onset)}px` }}>
          onset
        </span>
      ) : null}
    </div>
  );
}

export function TimeAxis() {
  const shown = overview.value.value;
  const at = layout.value;
  const per = at === null || at.per === 1 ? "" : ` · a column shows the worst of ${at.per} windows`;
  const size = shown?.window_ms ? `window ${duration(shown.window_ms)}` : "";
  return (
    <div class="time-axis">
      <div class="corner">
        <span title="All times are shown in this zone; UTC on hover">{zone()}</span>
        <span>
          {size}
          {per}
        </span>
      </div>
      <div
        class="axis-line"
        title="Draw over a stretch of time to zoom in; double click to zoom out"
        onPointerDown={(event) => beginDrag(event, event.currentTarget.getBoundingClientRect().left)}
        onDblClick={() => zoomBy(2, null)}
      >
        <Flags />
        <Traffic />
        <Ticks />
      </div>
    </div>
  );
}

/** From where to where a vertical line runs: through everything, but on phones not through the names. */
function reaches(): readonly (readonly [number, number])[] {
  const edges = tops.value;
  if (!narrow.value) return [[0, edges.at(-1) ?? 0]];
  return rows.value.flatMap((row, position) => {
    const end = edges[position + 1] ?? 0;
    return row.type === "monitor" ? [[end - stripHeight.value - 4, end - 4] as const] : [];
  });
}

/** Lines across all rows: changes, onsets, the chosen window. */
export function Rules() {
  const shown = overview.value.value;
  const at = layout.value;
  if (shown === null || at === null) return null;
  const width = timelineWidth.value;
  const chosen = chosenIncident.value;
  const others = shown.incidents.filter((one) => one.state === "open" && one.id !== chosen?.id);
  const window = place.value.at;
  const reach = reaches();
  const line = (ms: number, name: string) => {
    const x = xOf(ms);
    if (x < 0 || x > width) return null;
    return <path key={`${name}${ms}`} class={name} d={reach.map(([top, end]) => `M${x} ${top}V${end}`).join("")} />;
  };
  return (
    <svg class="rules" width={width} height="100%" aria-hidden="true">
      {window === null ? null : (
        <rect class="chosen-window" x={xOf(window) - 0.5} width={Math.max(at.width, 3) + 1} y="0" height="100%" />
      )}
      {shown.changes.time_ms.map((ms) => line(ms, "change"))}
      {others.map((one) => (one.onset_ms === null ? null : line(one.onset_ms, "onset faint")))}
      {chosen?.onset_ms ? line(chosen.onset_ms, "onset") : null}
    </svg>
  );
}
