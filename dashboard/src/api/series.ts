import { get } from "./request.ts";
import type { Column, Slice } from "./overview.ts";

export interface Series {
  readonly monitor: string;
  readonly signal: string;
  readonly label: string;
  readonly statistic: string;
  readonly unit: string;
  readonly direction: string;
  readonly window_ms: number;
  readonly points: {
    readonly start_ms: readonly number[];
    readonly value: Column;
    readonly threshold: Column;
    readonly status: Column;
    readonly n: Column;
    /** Windows that the value is about, up to this one. */
    readonly span?: Column;
  };
  readonly others?: Readonly<Record<string, { readonly value: Column }>>;
  readonly versions: readonly { readonly version: string; readonly value: Column; readonly n: Column }[];
  readonly onset_ms: number | null;
  readonly baseline: string | null;
}

/** `versions`: each version's own distance too, which takes the server many times as long. */
export function fetchSeries(slice: Slice, monitor: string, versions: boolean, signal: AbortSignal): Promise<Series> {
  return get<Series>("v1/series", { ...slice, monitor, versions: String(versions) }, signal);
}
