import { PackedRows, type Column, type Rows } from "./cells.ts";
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

export type { Column } from "./cells.ts";

/** S × W; null = not evaluated. */
export interface Cells {
  readonly value: Rows;
  readonly threshold: Rows;
  readonly exceedance: Rows;
  readonly status: Rows;
  readonly n: Rows;
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

type Packed = Omit<Overview, "cells"> & { readonly cells: Readonly<Record<keyof Cells, readonly string[]>> };

export async function fetchOverview(slice: Slice, signal: AbortSignal): Promise<Overview> {
  const { cells, ...rest } = await get<Packed>("v1/overview", { ...slice, packed: "true" }, signal);
  const rows = (field: keyof Cells): Rows => new PackedRows(cells[field], field === "status" ? "status" : "floats");
  return {
    ...rest,
    cells: { value: rows("value"), threshold: rows("threshold"), exceedance: rows("exceedance"), status: rows("status"), n: rows("n") },
  };
}
