/** Moving through the grid by keyboard. */

import { openSignal, soon } from "../../state/journey.ts";
import { zoomBy } from "../../state/zoom.ts";
import { cursor, layout, rows, type Spot } from "./layout.ts";
import { cellFacts } from "./spot.ts";

const PAGE = 10;

/** The next monitor row from a position in a direction, skipping headings; the same row at the ends. */
function step(from: number, by: number): number {
  const all = rows.peek();
  const direction = Math.sign(by);
  let reached = from;
  let left = Math.abs(by);
  for (let row = from + direction; row >= 0 && row < all.length && left > 0; row += direction) {
    if (all[row]?.type !== "monitor") continue;
    reached = row;
    left--;
  }
  return reached;
}

const ZOOMS: Readonly<Record<string, number>> = { "+": 0.5, "=": 0.5, "-": 2 };

/** Where the cursor starts: the first monitor, at its newest column. */
export function startSpot(): Spot | null {
  const row = rows.peek().findIndex((candidate) => candidate.type === "monitor");
  const columns = layout.peek()?.count ?? 0;
  return row < 0 || columns === 0 ? null : { row, column: columns - 1 };
}

const MOVES: Readonly<Record<string, (spot: Spot, last: number) => Spot>> = {
  ArrowLeft: ({ row, column }) => ({ row, column: Math.max(0, column - 1) }),
  ArrowRight: ({ row, column }, last) => ({ row, column: Math.min(last, column + 1) }),
  ArrowUp: ({ row, column }) => ({ row: step(row, -1), column }),
  ArrowDown: ({ row, column }) => ({ row: step(row, 1), column }),
  PageUp: ({ row, column }) => ({ row: step(row, -PAGE), column }),
  PageDown: ({ row, column }) => ({ row: step(row, PAGE), column }),
  Home: ({ row }) => ({ row, column: 0 }),
  End: ({ row }, last) => ({ row, column: last }),
};

/** False for a place that a search, a fold or another range has taken away. */
export function isCell(spot: Spot): boolean {
  return rows.peek()[spot.row]?.type === "monitor" && spot.column < (layout.peek()?.count ?? 0);
}

/** True if the key was one of the grid's. */
export function pressed(key: string): boolean {
  const resting = cursor.peek();
  const spot = resting !== null && isCell(resting) ? resting : startSpot();
  if (spot === null) return false;
  if (key in ZOOMS) {
    zoomBy(ZOOMS[key] ?? 1, cellFacts(spot)?.start ?? null);
    return true;
  }
  const move = MOVES[key];
  if (move !== undefined) {
    cursor.value = move(spot, (layout.peek()?.count ?? 1) - 1);
    return true;
  }
  if (key !== "Enter" && key !== " ") return false;
  const facts = cellFacts(spot);
  if (facts !== null) soon(() => openSignal(facts.monitor, facts.start));
  return true;
}
