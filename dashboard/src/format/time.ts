/** Instants and spans in the reader's own zone, with UTC at hand. */

const zoneOf = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

export function zone(): string {
  return zoneOf();
}

/** "31 Mar 2026, 05:00"; the year only when it is not the year of `now`. */
export function instant(ms: number, now: number): string {
  const sameYear = new Date(ms).getFullYear() === new Date(now).getFullYear();
  return `${(sameYear ? day : dayOfYear).format(ms)}, ${clock.format(ms)}`;
}

/** "31 Mar" */
export function shortDay(ms: number): string {
  return day.format(ms);
}

/** The tooltip of an instant: "2026-03-31 03:00:00 UTC". */
export function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** "31 Mar, 02:00 – 1 Apr, 02:00", or "31 Mar, 02:00 – 03:00" within a day. */
export function period(from: number, to: number, now: number): string {
  const sameDay = day.format(from) === day.format(to) && to - from < 86_400_000;
  return `${instant(from, now)} – ${sameDay ? clock.format(to) : instant(to, now)}`;
}

const STEPS: readonly [number, string][] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1000, "s"],
];

/** A length of time in its largest fitting unit: "18 h", "12 d". */
export function duration(ms: number): string {
  const size = Math.abs(ms);
  for (const [unit, name] of STEPS) {
    const rounded = Math.round(size / unit);
    // 36 h say more than 2 d, 90 min more than 2 h.
    if (rounded >= 2 || (rounded === 1 && Math.abs(size / unit - 1) < 0.01)) return `${rounded} ${name}`;
  }
  return size < 1000 ? "0 s" : `${Math.round(size / 1000)} s`;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** "in this hour", "on this day", "in this window of 6 h"; "over the last 24 h" where it is more than one window. */
export function within(ms: number, windowMs: number): string {
  if (ms > windowMs) {
    const hours = Math.round(ms / HOUR);
    return `over the last ${ms < 2 * DAY && hours > 0 ? `${hours} h` : duration(ms)}`;
  }
  if (windowMs === HOUR) return "in this hour";
  return windowMs === DAY ? "on this day" : `in this window of ${duration(windowMs)}`;
}

export function ago(ms: number, now: number): string {
  return now - ms < 10_000 ? "just now" : `${duration(now - ms)} ago`;
}

/** Marks of a time axis: where, and what to write there. */
export interface Tick {
  readonly at: number;
  readonly text: string;
  readonly major: boolean;
}

const GAPS: readonly number[] = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY];
const MONTHS: readonly number[] = [1, 2, 3, 6, 12];

const month = new Intl.DateTimeFormat("en-GB", { month: "short" });

function monthTicks(from: number, to: number, step: number): Tick[] {
  const first = new Date(from);
  const ticks: Tick[] = [];
  const cursor = new Date(first.getFullYear(), Math.floor(first.getMonth() / step) * step, 1);
  for (; cursor.getTime() <= to; cursor.setMonth(cursor.getMonth() + step)) {
    const january = cursor.getMonth() === 0;
    const text = january ? String(cursor.getFullYear()) : month.format(cursor);
    if (cursor.getTime() >= from) ticks.push({ at: cursor.getTime(), text, major: january });
  }
  return ticks;
}

function hourTicks(from: number, to: number, hours: number): Tick[] {
  const cursor = new Date(from);
  cursor.setMinutes(0, 0, 0);
  cursor.setHours(Math.floor(cursor.getHours() / hours) * hours);
  const ticks: Tick[] = [];
  for (; cursor.getTime() <= to; cursor.setHours(cursor.getHours() + hours)) {
    const midnight = cursor.getHours() === 0;
    const text = midnight ? day.format(cursor) : clock.format(cursor);
    if (cursor.getTime() >= from) ticks.push({ at: cursor.getTime(), text, major: midnight });
  }
  return ticks;
}

function dayTicks(from: number, to: number, days: number): Tick[] {
  const cursor = new Date(from);
  cursor.setHours(0, 0, 0, 0);
  // Weeks begin on Monday; other steps count from the first of the range.
  if (days % 7 === 0) cursor.setDate(cursor.getDate() - ((cursor.getDay() + 6) % 7));
  const ticks: Tick[] = [];
  for (; cursor.getTime() <= to; cursor.setDate(cursor.getDate() + days)) {
    const first = cursor.getDate() <= days && cursor.getMonth() === 0;
    if (cursor.getTime() >= from) ticks.push({ at: cursor.getTime(), text: day.format(cursor), major: first });
  }
  return ticks;
}

/** At most about `most` ticks between two instants, on round local times. */
export function ticks(from: number, to: number, most: number): Tick[] {
  const gap = (to - from) / Math.max(most, 1);
  const step = GAPS.find((candidate) => candidate >= gap);
  if (step === undefined) {
    const months = gap / (30.4 * DAY);
    return monthTicks(from, to, MONTHS.find((candidate) => candidate >= months) ?? 12);
  }
  return step < DAY ? hourTicks(from, to, step / HOUR) : dayTicks(from, to, step / DAY);
}
