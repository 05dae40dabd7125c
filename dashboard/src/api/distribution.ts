import { get } from "./request.ts";
import type { Column, Slice } from "./overview.ts";

/** A rate or a mean in the baseline and in the window. */
export interface Pair {
  readonly baseline: number | null;
  readonly current: number | null;
}

export interface Distance {
  readonly title?: string;
  readonly value: number | null;
  readonly debiased: number | null;
  readonly null_mean: number | null;
  readonly p: number | null;
  readonly unit: string;
}

export interface Bins {
  readonly label: readonly string[];
  readonly low: Column;
  readonly high: Column;
  readonly baseline: Column;
  readonly current: Column;
  readonly count: Column;
}

/** The series of an embedding, a text or the joint shift, with their debiased distances; empty for a single signal. */
export interface Group {
  readonly signal: readonly string[];
  readonly label: readonly string[];
  readonly value: Column;
}

export interface Distribution {
  readonly signal: string;
  readonly label: string;
  readonly group?: Group;
  readonly kind: string;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly bins: Bins;
  readonly n: number;
  readonly baseline_n: number;
  readonly mean?: Pair | null;
  readonly missing?: Pair | null;
  readonly mistyped?: Pair | null;
  /** Of categories only. */
  readonly unseen?: Pair | null;
  /** Of numbers only. */
  readonly out_of_range?: Pair | null;
  readonly distances: Readonly<Record<string, Distance>>;
  readonly versions: readonly { readonly version: string; readonly n: number; readonly value: number | null }[];
}

export function fetchDistribution(slice: Slice, name: string, signal: AbortSignal): Promise<Distribution> {
  return get<Distribution>("v1/distribution", { ...slice, signal: name }, signal);
}
