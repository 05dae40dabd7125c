/** What stands where in the grid, and what is being pointed at. */

import { computed, signal } from "@preact/signals";
import { columns, worst, type Columns } from "../../charts/buckets.ts";
import { place } from "../../state/place.ts";
import { incident, incidents, overview } from "../../state/questions.ts";
import { gridRows, type GridRow } from "../../state/rows.ts";

/** Pixels available to the windows. */
export const timelineWidth = signal(600);
/** Pixels of the names beside the windows; 0 on phones, where they stand above. */
export const nameSpace = signal(300);
export const narrow = computed(() => nameSpace.value === 0);

const HOUR_MS = 3_600_000;
const LEAST_PIXELS = 4;

export const LAYER_HEIGHT = 30;;

/** Height of the window, which decides how much air the rows get. */
export const screenHeight = signal(window.innerHeight);

export const windowMs = computed(() => overview.value.value?.window_ms ?? HOUR_MS);

/** The chosen incident as far as it is known: the list has its signals before its own answer arrives. */
export const chosenIncident = computed(() => {
  const id = place.value.incident;
  if (id === null) return null;
  const listed = incidents.value.value?.find((candidate) => candidate.id === id);
  return incident.value.value ?? listed ?? null;
});

const starts = computed(() => overview.value.value?.windows.start_ms ?? []);

export const layout = computed<Columns | null>(() => {
  const shown = overview.value.value;
  if (shown === null) return null;
  return columns(starts.value, windowMs.value, shown.from_ms, shown.to_ms, timelineWidth.value, LEAST_PIXELS);
});

export const rows = computed<readonly GridRow[]>(() => {
  const shown = overview.value.value;
  if (shown === null) return [];
  return gridRows(shown, { search: place.value.search, folded: place.value.folded, incident: chosenIncident.value });
});

const TALL = 44;
const DENSE = 24;
const AIRY = 30;
/** What stands above and below the rows. */
const AROUND = 300;

/** Few rows on a large screen are airy, many are dense; on a phone each has two lines. */
export const rowHeight = computed(() => {
  if (narrow.value) return TALL;
  return rows.value.length * AIRY + AROUND < screenHeight.value ? AIRY : DENSE;
});

export const stripHeight = computed(() => (narrow.value ? DENSE : rowHeight.value) - 6);

/** Top edge of each row, and the bottom of the last. */
export const tops = computed(() => {
  const edges = [0];
  for (const row of rows.value) {
    edges.push((edges.at(-1) ?? 0) + (row.type === "layer" ? LAYER_HEIGHT : rowHeight.value));
  }
  return edges;
});

const worstOf = new WeakMap<Columns, Map<number, Int32Array>>();

/** The window each column of a monitor shows; worked out once per layout. */
export function chosenWindows(index: number): Int32Array {
  const now = layout.value;
  const cells = overview.value.value?.cells;
  if (now === null || cells === undefined) return new Int32Array();
  const known = worstOf.get(now) ?? new Map<number, Int32Array>();
  worstOf.set(now, known);
  const found = known.get(index) ?? worst(cells.status.at(index) ?? [], cells.exceedance.at(index) ?? [], now);
  known.set(index, found);
  return found;
}

/** A cell: position in `rows` and column. */
export interface Spot {
  readonly row: number;
  readonly column: number;
}

export const hovered = signal<Spot | null>(null);
export const cursor = signal<Spot | null>(null);
export const focused = signal(false);
/** The mouse says more than the keyboard's resting place. */
export const pointed = computed(() => hovered.value ?? (focused.value ? cursor.value : null));

/** Pixels from the left edge of the windows to an instant. */
export function xOf(ms: number): number {
  const at = layout.value;
  return at === null ? 0 : ((ms - at.from) / (at.to - at.from)) * timelineWidth.value;
}
