/** What is only looked up when somebody opens it: a window's rows, and its value in each segment. */

import { signal } from "@preact/signals";
import { fetchDistribution, type Distribution } from "../api/distribution.ts";
import { fetchRows } from "../api/rows.ts";
import { answer } from "./answers.ts";
import { iso } from "./codec.ts";
import { place } from "./place.ts";
import { chosenRow, chosenWindow, model, overview } from "./questions.ts";

const ROWS = 20;
/** Segments beyond these are named, not counted: each is a question of its own. */
export const MOST_SEGMENTS = 24;

export const rowsWanted = signal(false);
export const segmentsWanted = signal(false);

function slice(segment: string | null) {
  const window = chosenWindow.value;
  const name = overview.value.value?.signals.name[chosenRow.value];
  if (window === null || name === undefined || place.value.model === null) return null;
  return {
    slice: { model: place.value.model, from: iso(window.from), to: iso(window.to), version: place.value.version, segment },
    name,
  };
}

export const storedRows = answer({
  of: () => (rowsWanted.value ? slice(null) : null),
  subject: (asked) => JSON.stringify(asked),
  ask: (asked, aborted) => fetchRows(asked.slice, ROWS, aborted),
  once: true,
});

export interface Part {
  readonly segment: string;
  readonly shown: Distribution;
}

export const bySegment = answer({
  of: () => {
    const asked = segmentsWanted.value ? slice(null) : null;
    return asked === null ? null : { ...asked, segments: (model.value?.segments ?? []).slice(0, MOST_SEGMENTS) };
  },
  subject: (asked) => JSON.stringify(asked),
  ask: (asked, aborted): Promise<readonly Part[]> =>
    Promise.all(
      asked.segments.map(async (segment) => ({
        segment,
        shown: await fetchDistribution({ ...asked.slice, segment }, asked.name, aborted),
      })),
    ),
  once: true,
});
