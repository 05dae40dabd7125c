/** How far the axis of a metric reaches. */

import type { Column } from "../api/overview.ts";

/** Part of the plot's height, below the values, that belongs to the bars of rows. */
export const BARS = 0.2;
/** Intervals of windows with hardly a row are out of all proportion: those beyond this share of all are cut off. */
const USUAL = 0.9;
const AIR = 0.06;

function sorted(column: Column): number[] {
  return column.filter((value) => value !== null).sort((a, b) => a - b);
}

/** The lowest and highest value to make room for: every value, and all but the widest intervals. */
export function reach(value: Column, low: Column, high: Column): readonly [number, number] {
  const values = sorted(value);
  const [lows, highs] = [sorted(low), sorted(high)];
  const bottom = Math.min(...values, lows[Math.ceil((1 - USUAL) * (lows.length - 1))] ?? 0);
  const top = Math.max(...values, highs[Math.floor(USUAL * (highs.length - 1))] ?? 1);
  const air = AIR * (top - bottom) || AIR * Math.abs(top) || AIR;
  return [bottom - air, top + air];
}
