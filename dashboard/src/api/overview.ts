import { get } from "./request.ts";
import type { Incident } from "./incidents.ts";
import type { Layer, Model } from "./models.ts";

/** One column per monitor attribute, S long. */
export interface Signals {
  readonly name: readonly string[];
  readonly label: readonly string[];
  readonly layer: readonly Layer[];
  readonly role: readonly string[];
  readonly kind: readonly string[];
  readonly monitor: readonly string[];
  readonly statistic: readonly string[];
  readonly unit: readonly string[];
  /** Thresholds that are not learned yet, or stand on early traffic. */
  readonly provisional?: readonly boolean[];
  readonly state: readonly string[];
  readonly latest: readonly (number | null)[];
  readonly threshold: readonly (number | null)[];
  readonly impact: readonly (number | null)[];
}

export type Column = readonly (number | null)[];

/** S × W; null = not evaluated. */
export interface Cells {
  readonly value: readonly Column[];
  readonly threshold: readonly Column[];
  readonly exceedance: readonly Column[];
  readonly status: readonly Column[];
  readonly n: readonly Column[];
}

export interface Changes {
  readonly id: readonly string[];
  readonly time_ms: readonly number[];
  readonly kind: readonly string[];
  readonly summary: readonly string[];
  readonly version: readonly (string | null)[];
}

export interface Overview {
  readonly model: Model;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly window_ms: number | null;
  readonly windows: { readonly start_ms: readonly number[]; readonly rows: Column };
  readonly signals: Signals;
  readonly cells: Cells;
  readonly changes: Changes;
  readonly incidents: readonly Incident[];
}

export interface Slice {
  readonly model: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly version: string | null;
  readonly segment: string | null;
}

export function fetchOverview(slice: Slice, signal: AbortSignal): Promise<Overview> {
  return get<Overview>("v1/overview", { ...slice }, signal);
}
