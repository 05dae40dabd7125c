/** Narrowing the range by drawing over it, and widening it again. All panels follow, because they share the range. */

import { overview } from "./questions.ts";
import { go, place } from "./place.ts";

/** Fewer windows than this are no picture. */
const LEAST_WINDOWS = 4;

/** Whole windows around [from, to), as many as make a picture. */
export function widened(from: number, to: number, windowMs: number): readonly [number, number] {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  const start = Math.floor(low / windowMs) * windowMs;
  const end = Math.ceil(high / windowMs) * windowMs;
  const missing = Math.max(0, LEAST_WINDOWS - (end - start) / windowMs);
  return [start - Math.floor(missing / 2) * windowMs, end + Math.ceil(missing / 2) * windowMs];
}

/** Shows [from, to). What reaches the present goes on following it. */
export function zoomTo(from: number, to: number): void {
  const shown = overview.peek().value;
  if (shown === null) return;
  const [start, end] = widened(from, to, shown.window_ms ?? 3_600_000);
  const follows = end >= shown.to_ms && (place.peek().range !== null || place.peek().to === null);
  go({ range: null, from: start, to: follows ? null : end });
}

/** Half or double the range, around an instant or the middle. */
export function zoomBy(factor: number, around: number | null): void {
  const shown = overview.peek().value;
  if (shown === null) return;
  const middle = around ?? (shown.from_ms + shown.to_ms) / 2;
  const from = middle - (middle - shown.from_ms) * factor;
  const to = Math.min(middle + (shown.to_ms - middle) * factor, Date.now());
  zoomTo(Math.max(from, 0), to);
}
