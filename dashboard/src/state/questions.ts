/** What the screen asks the server, given the place the reader is at. */

import { computed, effect, signal } from "@preact/signals";
import { fetchDistribution } from "../api/distribution.ts";
import { fetchIncident, fetchIncidents } from "../api/incidents.ts";
import { fetchModels, type Model } from "../api/models.ts";
import { fetchOverview, type Slice } from "../api/overview.ts";
import { fetchParted, fetchQuality } from "../api/quality.ts";
import { fetchSeries } from "../api/series.ts";
import { answer } from "./answers.ts";
import { iso, type Place } from "./codec.ts";
import { place, refine } from "./place.ts";
import { bounds } from "./range.ts";
import { worstWindow } from "./rows.ts";

export const models = answer({ of: () => ({}), subject: () => "models", ask: (_, aborted) => fetchModels(aborted) });

/** The chosen model as far as it is known. */
export const model = computed<Model | null>(
  () => models.value.value?.find((candidate) => candidate.name === place.value.model) ?? null,
);

// With one model there is nothing to choose; the address names it all the same, so that it can be shared.
effect(() => {
  const known = models.value.value;
  if (place.value.model === null && place.value.page === null && known?.length === 1) refine({ model: known[0]?.name ?? null });
});

interface Ranged {
  readonly model: string;
  readonly range: Place["range"];
  readonly from: number | null;
  readonly to: number | null;
  readonly version: string | null;
  readonly segment: string | null;
}

// Computed apart, so that moving the selection does not look like a new range; equal parts stay the same object.
let lastRanged: Ranged | null = null;
const ranged = computed<Ranged | null>(() => {
  const { model: name, range, from, to, version, segment } = place.value;
  const next = name === null ? null : { model: name, range, from, to, version, segment };
  if (JSON.stringify(next) !== JSON.stringify(lastRanged)) lastRanged = next;
  return lastRanged;
});

function slice(asked: Ranged): Slice {
  const first = model.peek()?.first_time_ms ?? null;
  const { from, to } = bounds({ ...place.peek(), ...asked }, first, Date.now());
  return { model: asked.model, from, to, version: asked.version, segment: asked.segment };
}

/** "Everything" begins with the model's first row, which only the list of models tells. */
const askable = computed(() => (ranged.value?.range === "all" && models.value.value === null ? null : ranged.value));

export const overview = answer({
  of: () => askable.value,
  subject: (asked) => asked.model,
  ask: (asked, aborted) => fetchOverview(slice(asked), aborted),
});

export const incidents = answer({
  of: () => (ranged.value === null ? null : { model: ranged.value.model }),
  subject: (asked) => asked.model,
  ask: (asked, aborted) => fetchIncidents(asked.model, aborted),
});

const incidentId = computed(() => place.value.incident);

export const incident = answer({
  of: () => incidentId.value,
  subject: (id) => id,
  ask: fetchIncident,
});

const monitor = computed(() => place.value.signal);

const gridIsThere = computed(() => overview.value.value !== null);

/** The grid's own bounds where the server chose the range, so that all panels show the same time. */
function sliceOfGrid(asked: Ranged): Slice {
  const own = slice(asked);
  const shown = overview.peek().value;
  return own.from !== null || shown === null ? own : { ...own, from: iso(shown.from_ms), to: iso(shown.to_ms) };
}

export const series = answer({
  of: () => {
    if (ranged.value === null || monitor.value === null || !gridIsThere.value) return null;
    return { ...ranged.value, monitor: monitor.value };
  },
  subject: (asked) => asked.monitor,
  ask: (asked, aborted) => fetchSeries(sliceOfGrid(asked), asked.monitor, false, aborted),
});

/** The monitor whose versions somebody wants to see as lines of their own; forgotten with the next monitor. */
export const versionsWanted = signal<string | null>(null);

export const versionSeries = answer({
  of: () => {
    const name = versionsWanted.value;
    return ranged.value === null || name === null || name !== monitor.value ? null : { ...ranged.value, monitor: name };
  },
  subject: (asked) => asked.monitor,
  ask: (asked, aborted) => fetchSeries(sliceOfGrid(asked), asked.monitor, true, aborted),
});

export const quality = answer({
  of: () => (ranged.value === null || place.value.panel !== "quality" || !gridIsThere.value ? null : { ...ranged.value }),
  subject: (asked) => JSON.stringify(asked),
  ask: (asked, aborted) => fetchQuality(sliceOfGrid(asked), aborted),
});

/** The newest onset of an open incident that has whole windows on both sides in the range. */
function partedAt(): number | null {
  const [shown, grid] = [quality.value.value, overview.value.value];
  if (shown === null || grid === null || shown.overall.joined === 0) return null;
  const inside = grid.incidents
    .filter(({ state }) => state === "open")
    .flatMap(({ onset_ms: onset }) => (onset === null ? [] : [onset]))
    .filter((onset) => onset >= shown.from_ms + shown.window_ms && onset < shown.to_ms - shown.window_ms);
  return inside.length === 0 ? null : Math.max(...inside);
}

// Spelled, so that the same quality read again does not look like another question.
const partedAsked = computed(() => {
  const [onset, shown] = [partedAt(), quality.value.value];
  if (onset === null || shown === null || ranged.value === null) return null;
  const { version, segment } = ranged.value;
  return JSON.stringify({ model: shown.model, from: iso(shown.from_ms), to: iso(shown.to_ms), version, segment, onset, windowMs: shown.window_ms });
});

/** The quality before an onset and since. */
export const parted = answer({
  of: () => partedAsked.value,
  subject: (asked) => asked,
  ask: (asked, aborted) => {
    const { onset, windowMs, ...slice } = JSON.parse(asked) as Slice & { readonly onset: number; readonly windowMs: number };
    return fetchParted(slice, onset, windowMs, aborted);
  },
});

/** Row of the chosen monitor in the overview, -1 when it is not there. */
export const chosenRow = computed(() => {
  const name = place.value.signal;
  return name === null ? -1 : (overview.value.value?.signals.monitor.indexOf(name) ?? -1);
});

/** The window whose evidence is open: the chosen one, else the worst of the range. */
export const chosenWindow = computed<{ from: number; to: number } | null>(() => {
  const shown = overview.value.value;
  const windowMs = shown?.window_ms ?? null;
  if (shown === null || windowMs === null || place.value.signal === null) return null;
  const starts = shown.windows.start_ms;
  const worst = starts[worstWindow(starts, shown.cells, chosenRow.value, shown.from_ms, shown.to_ms + 1)];
  const from = place.value.at ?? worst ?? null;
  return from === null ? null : { from, to: from + windowMs };
});

/** `feature.car_value` of `feature.car_value:jensen_shannon`. */
function signalOf(monitorName: string): string {
  return overview.value.value?.signals.name[chosenRow.value] ?? monitorName.slice(0, monitorName.lastIndexOf(":"));
}

/** Machines and services have values over time and no rows behind them. */
function hasRows(): boolean {
  const layer = overview.value.value?.signals.layer[chosenRow.value];
  return layer !== "infrastructure" && layer !== "serving";
}

/** One series of a group, chosen to be looked at instead of the one that moved furthest; of this monitor only. */
export const chosenSeries = signal<{ readonly monitor: string; readonly series: string } | null>(null);

export const distribution = answer({
  of: () => {
    const asked = ranged.value;
    const period = chosenWindow.value;
    if (asked === null || monitor.value === null || period === null || !hasRows()) return null;
    const { model: name, version, segment } = asked;
    const chosen = chosenSeries.value;
    const about = signalOf(monitor.value);
    const of = chosen?.monitor === monitor.value ? chosen.series : about;
    return { slice: { model: name, from: iso(period.from), to: iso(period.to), version, segment }, about, of };
  },
  subject: (asked) => `${asked.about} ${asked.slice.from}`,
  ask: (asked, aborted) => fetchDistribution(asked.slice, asked.of, aborted),
});
