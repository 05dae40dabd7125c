/** The grid's rows: monitors under their layers, found by the search, folded, lit by the chosen incident. */

import type { Incident } from "../api/incidents.ts";
import { LAYERS, type Layer } from "../api/models.ts";
import type { Cells, Overview, Signals } from "../api/overview.ts";

export interface LayerRow {
  readonly type: "layer";
  readonly layer: Layer;
  readonly monitors: number;
  readonly firing: number;
  readonly folded: boolean;
}

export interface MonitorRow {
  readonly type: "monitor";
  /** Position in the overview's columns. */
  readonly index: number;
  readonly dimmed: boolean;
}

export type GridRow = LayerRow | MonitorRow;

export interface RowChoice {
  readonly search: string;
  readonly folded: readonly string[];
  readonly incident: Pick<Incident, "signals" | "monitors"> | null;
}

/** True where every word of the search stands in the label, the statistic or the signal's name. */
export function matches(signals: Signals, index: number, search: string): boolean {
  const text = `${signals.label[index]} ${signals.monitor[index]} ${signals.statistic[index]}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** A monitor's alert state; without an alert, whether its newest window says anything at all. */
export function stateOf(overview: Overview, index: number): string {
  const state = overview.signals.state[index] ?? "ok";
  if (state !== "ok") return state;
  const newest = overview.cells.status.at(index)?.findLast((status) => status !== null);
  return newest === 3 ? "insufficient" : newest === 4 ? "no_data" : "ok";
}

export function isFiring(state: string | undefined): boolean {
  return state === "firing" || state === "recovering";
}

/** Rows in the server's order: by layer, then by what is wrong now; a chosen incident's own rows come first. */
export function gridRows(overview: Overview, choice: RowChoice): GridRow[] {
  const { signals } = overview;
  const chosen = choice.incident;
  // The very monitors that fired where they are known, else every monitor of the signals.
  const [litBy, names] = chosen?.monitors ? [signals.monitor, chosen.monitors] : [signals.name, chosen?.signals];
  const lit = names === undefined ? null : new Set(names);
  const rows: GridRow[] = [];
  for (const layer of LAYERS) {
    const members = signals.layer.flatMap((of, index) =>
      of === layer && matches(signals, index, choice.search) ? [index] : [],
    );
    if (members.length === 0) continue;
    const folded = choice.folded.includes(layer);
    const firing = members.filter((index) => isFiring(signals.state[index])).length;
    rows.push({ type: "layer", layer, monitors: members.length, firing, folded });
    if (folded) continue;
    const dimmed = (index: number): boolean => lit !== null && !lit.has(litBy[index] ?? "");
    const shown = members.map((index): MonitorRow => ({ type: "monitor", index, dimmed: dimmed(index) }));
    rows.push(...shown.filter((row) => !row.dimmed), ...shown.filter((row) => row.dimmed));
  }
  return rows;
}

/** The worst window of a monitor that starts in [from, to), or -1: where a look at its evidence should begin. */
export function worstWindow(
  starts: readonly number[],
  cells: Cells,
  index: number,
  from: number,
  to: number,
): number {
  let worst = -1;
  let most = Number.NEGATIVE_INFINITY;
  const statuses = index < 0 ? undefined : cells.status.at(index);
  const exceedance = index < 0 ? undefined : cells.exceedance.at(index);
  starts.forEach((start, window) => {
    const status = statuses?.[window] ?? null;
    if (start < from || start >= to || status === null || status > 2) return;
    const badness = status * 1e6 + (exceedance?.[window] ?? 0);
    if (badness > most) {
      most = badness;
      worst = window;
    }
  });
  return worst;
}
