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
  readonly incident: Pick<Incident, "signals"> | null;
}

/** True where every word of the search stands in the label, the statistic or the signal's name. */
export function matches(signals: Signals, index: number, search: string): boolean {
  const text = `${signals.label[index]} ${signals.monitor[index]} ${signals.statistic[index]}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

export function isFiring(state: string | undefined): boolean {
  return state === "firing" || state === "recovering";
}

/** Rows in the server's order: by layer, then by what is wrong now; a chosen incident's own rows come first. */
export function gridRows(overview: Overview, choice: RowChoice): GridRow[] {
  const { signals } = overview;
  const lit = choice.incident === null ? null : new Set(choice.incident.signals);
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
    const dimmed = (index: number): boolean => lit !== null && !lit.has(signals.name[index] ?? "");
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
  starts.forEach((start, window) => {
    const status = cells.status[index]?.[window] ?? null;
    if (start < from || start >= to || status === null || status > 2) return;
    const badness = status * 1e6 + (cells.exceedance[index]?.[window] ?? 0);
    if (badness > most) {
      most = badness;
      worst = window;
    }
  });
  return worst;
}
