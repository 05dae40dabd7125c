/** The path of a small line chart. A gap in the data is a gap in the line. */

import type { Column } from "../api/overview.ts";

export interface Curve {
  readonly path: string;
  /** Points without neighbours, which a line alone would lose. */
  readonly dots: readonly (readonly [number, number])[];
  readonly threshold: number | null;
  readonly last: readonly [number, number] | null;
}

/** The largest value of each of `most` stretches: peaks survive, gaps too. */
export function thin(values: Column, most: number): Column {
  if (values.length <= most) return values;
  const per = values.length / most;
  return Array.from({ length: most }, (_, stretch) => {
    const part = values.slice(Math.floor(stretch * per), Math.floor((stretch + 1) * per));
    const known = part.filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  });
}

export function curve(values: Column, threshold: number | null, width: number, height: number): Curve {
  const points = thin(values, Math.floor(width / 1.5));
  const known = points.filter((value) => value !== null);
  const top = Math.max(...known, threshold ?? 0, 1e-12);
  const bottom = Math.min(0, ...known);
  const x = (index: number): number => (points.length < 2 ? width : (index / (points.length - 1)) * (width - 2) + 1);
  const y = (value: number): number => height - 1.5 - ((value - bottom) / (top - bottom)) * (height - 3);
  let path = "";
  let last: readonly [number, number] | null = null;
  const dots: [number, number][] = [];
  points.forEach((value, index) => {
    if (value === null) return;
    const before = points[index - 1] ?? null;
    const after = points[index + 1] ?? null;
    path += `${before === null ? "M" : "L"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    if (before === null && after === null) dots.push([x(index), y(value)]);
    last = [x(index), y(value)];
  });
  return { path, dots, threshold: threshold === null ? null : y(threshold), last };
}
