import { get } from "./request.ts";
import type { Column, Slice } from "./overview.ts";

/** A figure with its 95 % interval and the rows it rests on. */
export interface Metric {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** The same per window; null where the rows of a window do not define it. */
export interface MetricColumns {
  readonly value: Column;
  readonly low: Column;
  readonly high: Column;
  readonly n: Column;
}

export interface QualityWindows {
  readonly start_ms: readonly number[];
  readonly end_ms: readonly number[];
  readonly rows: readonly number[];
  /** Predictions with an outcome. */
  readonly joined: readonly number[];
  /** How many should have one by now. */
  readonly expected: readonly number[];
  /** Enough of them have come to speak for all. */
  readonly complete: readonly boolean[];
}

export interface Estimated {
  /** What scores were calibrated on, and what an estimate cannot see: shown wherever a number is. */
  readonly source: string | null;
  readonly caveat: string | null;
  /** Why there is none, in a sentence. */
  readonly why: string | null;
  readonly metrics: Readonly<Record<string, MetricColumns>>;
}

export interface Quality {
  readonly model: string;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly window_ms: number;
  readonly task: string | null;
  readonly outcome: string | null;
  /** Why there is no metric at all, in a sentence. */
  readonly why: string | null;
  readonly outcomes: { readonly waiting: number };
  readonly windows: QualityWindows;
  readonly metrics: Readonly<Record<string, MetricColumns>>;
  /** What the scores of each window let expect of all its predictions; null while nothing has been joined. */
  readonly estimated?: Estimated | null;
  readonly overall: {
    readonly rows: number;
    readonly joined: number;
    readonly expected: number;
    readonly metrics: Readonly<Record<string, Metric>>;
  };
}

/** The range parted at an onset. */
export interface Parted {
  readonly before: Quality;
  readonly since: Quality;
}

/** The whole windows before and after the one that `onset` lies in. */
export async function fetchParted(slice: Slice, onset: number, windowMs: number, signal: AbortSignal): Promise<Parted> {
  const start = Math.floor(onset / windowMs) * windowMs;
  const [before, since] = await Promise.all([
    fetchQuality({ ...slice, to: new Date(start).toISOString() }, signal),
    fetchQuality({ ...slice, from: new Date(start + windowMs).toISOString() }, signal),
  ]);
  return { before, since };
}

export function fetchQuality(slice: Slice, signal: AbortSignal): Promise<Quality> {
  return get<Quality>("v1/quality", { ...slice }, signal);
}
