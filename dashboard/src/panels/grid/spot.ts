/** What one cell of the grid says, in words and numbers. */

import { inUnit, count, times, unitName } from "../../format/number.ts";
import { period } from "../../format/time.ts";
import { plural, shortStatistic, statusName } from "../../format/words.ts";
import { now } from "../../state/connection.ts";
import { overview } from "../../state/questions.ts";
import { chosenWindows, layout, rows, windowMs, type Spot } from "./layout.ts";

export interface CellFacts {
  readonly monitor: string;
  readonly name: string;
  readonly start: number | null;
  readonly when: string;
  readonly status: number | null;
  readonly value: string;
  readonly limit: string;
  readonly past: string;
  readonly n: string;
  /** Windows behind this column; the shown one is the worst. */
  readonly windows: number;
}

export function cellFacts(spot: Spot): CellFacts | null {
  const shown = overview.value.value;
  const row = rows.value[spot.row];
  const at = layout.value;
  if (shown === null || at === null || row === undefined || row.type === "layer") return null;
  const { signals, cells, windows } = shown;
  const index = row.index;
  const window = chosenWindows(index)[spot.column] ?? -1;
  const start = windows.start_ms[window] ?? null;
  const left = at.from + spot.column * at.per * windowMs.value;
  const from = start ?? left;
  const to = start === null ? left + at.per * windowMs.value : start + windowMs.value;
  const unit = signals.unit[index] ?? "";
  return {
    monitor: signals.monitor[index] ?? "",
    name: `${signals.label[index]} ${shortStatistic(signals.statistic[index] ?? "")}`,
    start,
    when: period(from, to, now.peek()),
    status: cells.status.at(index)?.[window] ?? null,
    value: `${inUnit(cells.value.at(index)?.[window], unit)} ${unitName(unit)}`.trim(),
    limit: inUnit(cells.threshold.at(index)?.[window], unit),
    past: times(cells.exceedance.at(index)?.[window]),
    n: count(cells.n.at(index)?.[window]),
    windows: at.of.reduce((total, column) => total + (column === spot.column ? 1 : 0), 0),
  };
}

export function cellSentence(facts: CellFacts): string {
  if (facts.status === null) return `${facts.name}, ${facts.when}: not evaluated`;
  const worst = facts.windows > 1 ? `, worst of ${plural(facts.windows, "window")}` : "";
  const numbers = `${facts.value}, threshold ${facts.limit}, n ${facts.n}`;
  return `${facts.name}, ${facts.when}: ${statusName(facts.status)}, ${numbers}${worst}`;
}

/** What a whole row says to someone who cannot see its colours. */
export function rowSentence(index: number): string {
  const status = overview.value.value?.cells.status.at(index) ?? [];
  const evaluated = status.filter((state) => state !== null).length;
  const past = status.filter((state) => state === 2).length;
  return `${past} of ${plural(evaluated, "window")} past the threshold`;
}
