/** Which drift of the chosen incident matters, and, when asked, in which part of the traffic answers changed. */

import { computed, effect, signal } from "@preact/signals";
import { fetchImpact, fetchSlices, type Period } from "../api/impact.ts";
import { answer } from "./answers.ts";
import { iso } from "./codec.ts";
import { incident } from "./questions.ts";

let last: Period | null = null;
/** The incident's evidence; equal parts stay the same object. */
export const period = computed<Period | null>(() => {
  const shown = incident.value.value;
  const { from_ms, to_ms } = shown?.evidence ?? { from_ms: 0, to_ms: 0 };
  const next = shown === null ? null : { model: shown.model, from: iso(from_ms), to: iso(to_ms) };
  if (JSON.stringify(next) !== JSON.stringify(last)) last = next;
  return last;
});

export const impact = answer({
  of: () => period.value,
  subject: (asked) => `${asked.model} ${asked.from}`,
  ask: fetchImpact,
});

/** Slices are read from rows, which takes seconds: only when somebody asks, and once. */
export const slicesWanted = signal<Period | null>(null);

export const slices = answer({
  of: () => slicesWanted.value,
  subject: (asked) => `${asked.model} ${asked.from} ${asked.to}`,
  ask: fetchSlices,
  once: true,
});

effect(() => {
  if (slicesWanted.peek() !== null && period.value?.from !== slicesWanted.peek()?.from) slicesWanted.value = null;
});
