/** Which stretch of time the screen asks about. */

import type { Incident } from "../api/incidents.ts";
import { iso, type Place, type Preset } from "./codec.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const LENGTHS: Readonly<Record<Exclude<Preset, "all">, number>> = {
  "24h": DAY,
  "7d": 7 * DAY,
  "30d": 30 * DAY,
  "90d": 90 * DAY,
};

export interface Bounds {
  readonly from: string | null;
  readonly to: string | null;
}

/** The bounds to ask for at `now`; both null = the server's default range. */
export function bounds(place: Place, firstTime: number | null, now: number): Bounds {
  if (place.range === "all") return { from: iso(firstTime ?? 0), to: iso(now) };
  if (place.range !== null) return { from: iso(now - LENGTHS[place.range]), to: iso(now) };
  if (place.from === null) return { from: null, to: null };
  return { from: iso(place.from), to: iso(place.to ?? now) };
}

/**
 * The range that frames an incident: enough calm before its onset to see the change, and, once it is over, a little
 * of what came after. An open incident is followed until now.
 */
export function frame(
  incident: Incident,
  windowMs: number,
  firstTime: number | null,
  now: number,
): { range: null; from: number; to: number | null } {
  const begin = Math.min(incident.onset_ms ?? incident.opened_ms, incident.evidence.from_ms);
  const end = incident.resolved_ms ?? now;
  const length = Math.max(end - begin, windowMs);
  const before = Math.max(0.4 * length, 14 * windowMs);
  const after = Math.max(0.15 * length, 3 * windowMs);
  const from = Math.max(begin - before, firstTime ?? 0);
  const to = incident.resolved_ms === null ? null : Math.min(end + after, now);
  return { range: null, from: Math.floor(Math.min(from, begin) / HOUR) * HOUR, to };
}
