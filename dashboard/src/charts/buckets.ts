/** Windows → columns of pixels. A column shows the worst window in it, so nothing red vanishes when zoomed out. */

import type { Column } from "../api/overview.ts";

export interface Columns {
  /** Time at the left edge and the right edge of the grid. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Windows per column. */
  readonly per: number;
  /** Pixels per column. */
  readonly width: number;
  /** Column of each window. */
  readonly of: Int32Array;
}

/** Lays windows of `windowMs` out over `pixels`, none narrower than `least` pixels. */
export function columns(
  starts: readonly number[],
  windowMs: number,
  from: number,
  to: number,
  pixels: number,
  least: number,
): Columns {
  const first = starts[0] ?? from;
  const last = starts.at(-1) ?? to - windowMs;
  const left = first - Math.max(0, Math.floor((first - from) / windowMs)) * windowMs;
  const right = Math.max(last + windowMs, to);
  const slots = Math.max(1, Math.ceil((right - left) / windowMs));
  const per = Math.max(1, Math.ceil((slots * least) / Math.max(pixels, least)));
  const count = Math.ceil(slots / per);
  const of = Int32Array.from(starts, (start) => Math.floor((start - left) / windowMs / per));
  return { from: left, to: left + count * per * windowMs, count, per, width: pixels / count, of };
}

/** How bad a cell is: a breach outranks all; what says nothing (3, 4) ranks below what was measured. */
function rank(status: number, exceedance: number): number {
  if (status > 2) return status === 3 ? -1 : -2;
  return status * 1e6 + Math.min(exceedance, 1e5);
}

/** The worst window of each column, -1 where none was evaluated. */
export function worst(status: Column, exceedance: Column, layout: Columns): Int32Array {
  const chosen = new Int32Array(layout.count).fill(-1);
  const most = new Float64Array(layout.count).fill(Number.NEGATIVE_INFINITY);
  for (let window = 0; window < layout.of.length; window++) {
    const state = status[window];
    const column = layout.of[window] ?? -1;
    if (state === null || state === undefined || column < 0 || column >= layout.count) continue;
    const badness = rank(state, exceedance[window] ?? 0);
    if (badness > (most[column] ?? 0)) {
      most[column] = badness;
      chosen[column] = window;
    }
  }
  return chosen;
}

/** Steps of the colour ramp; the names are CSS classes. Calm below the threshold, strong above it. */
export const LEVELS = ["calm-0", "calm-1", "calm-2", "near", "hot-0", "hot-1", "hot-2", "hot-3", "few", "none"] as const;
export type Level = (typeof LEVELS)[number];

const CALM: readonly [number, Level][] = [[0.33, "calm-0"], [0.66, "calm-1"], [1, "calm-2"]];
const HOT: readonly [number, Level][] = [[1.5, "hot-0"], [2.5, "hot-1"], [5, "hot-2"]];

/** The ramp's step for a cell, null where nothing was evaluated. Only a breach is ever hot. */
export function level(status: number | null | undefined, exceedance: number | null | undefined): Level | null {
  if (status === null || status === undefined) return null;
  if (status === 4) return "none";
  if (status === 3) return "few";
  const size = exceedance ?? 0;
  if (status === 2) return HOT.find(([end]) => size < end)?.[1] ?? "hot-3";
  if (status === 1) return "near";
  return CALM.find(([end]) => size < end)?.[1] ?? "near";
}

/** SVG paths of a row, one per level present: neighbours of one level are one rectangle when cells touch. */
export function paths(levels: readonly (Level | null)[], width: number, height: number, inset = 0): [Level, string][] {
  const gap = (width >= 6 ? 1 : 0) + inset;
  const found = new Map<Level, string[]>();
  for (let column = 0; column < levels.length; ) {
    const step = levels[column] ?? null;
    let end = column + 1;
    if (width < 6) while (end < levels.length && levels[end] === step) end++;
    if (step !== null) {
      // Whole pixels: rounded apart, neighbours of different levels would leave slits between them.
      const left = Math.round(column * width) + inset;
      const across = Math.max(Math.round(end * width) - left - gap, 1);
      const pieces = found.get(step) ?? [];
      pieces.push(`M${left} ${inset}h${across}v${height}h-${across}z`);
      found.set(step, pieces);
    }
    column = end;
  }
  return [...found].map(([step, pieces]) => [step, pieces.join("")]);
}
