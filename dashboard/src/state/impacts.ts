/** Which drift matters, and, when asked, in which part of the traffic answers changed. */

import { computed, effect, signal } from "@preact/signals";
import { fetchImpact, fetchSlices, type Period } from "../api/impact.ts";
import { answer } from "./answers.ts";
import { iso } from "./codec.ts";
import { place } from "./place.ts";
import { incident, overview } from "./questions.ts";

/** The incident's evidence; without an incident, the windows that the grid shows. */
function asked(): Period | null {
  const chosen = incident.value.value;
  if (chosen !== null) return { model: chosen.model, from: iso(chosen.evidence.from_ms), to: iso(chosen.evidence.to_ms) };
  const shown = place.value.panel !== "impact" ? null : overview.value.value;
  const [first, last] = [shown?.windows.start_ms[0], shown?.windows.start_ms.at(-1)];
  if (shown === null || first === undefined || last === undefined) return null;
  return { model: shown.model.name, from: iso(first), to: iso(last + (shown.window_ms ?? 0)) };
}

let known: Period | null = null;
/** What impacts and slices are about; equal parts stay the same object. */
export const period = computed<Period | null>(() => {
  const next = asked();
  if (JSON.stringify(next) !== JSON.stringify(known)) known = next;
  return known;
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
