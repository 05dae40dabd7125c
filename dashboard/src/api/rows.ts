import type { Slice } from "./overview.ts";
import { get } from "./request.ts";

/** Stored predictions as they were logged, column by column; times in milliseconds. */
export interface StoredRows {
  readonly rows: number;
  readonly columns: Readonly<Record<string, readonly unknown[]>>;
}

export function fetchRows({ model, from, to, version }: Slice, limit: number, signal: AbortSignal): Promise<StoredRows> {
  return get<StoredRows>("v1/rows", { model, from, to, version, limit: String(limit) }, signal);
}
