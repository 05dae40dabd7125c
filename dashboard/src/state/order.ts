/** What a reader should look at first. */

import type { Incident } from "../api/incidents.ts";
import type { Model } from "../api/models.ts";

/** Open before resolved, then by priority, then the newest first. */
export function inOrder(known: readonly Incident[]): Incident[] {
  return [...known].sort(
    (a, b) =>
      Number(a.state === "resolved") - Number(b.state === "resolved") ||
      a.priority.localeCompare(b.priority) ||
      b.opened_ms - a.opened_ms,
  );
}

/** Models with the most urgent incidents first, retired ones last. */
export function byUrgency(known: readonly Model[]): Model[] {
  const urgency = (model: Model): string => `${model.retired ? 1 : 0}${model.highest_priority ?? "P9"}`;
  return [...known].sort((a, b) => urgency(a).localeCompare(urgency(b)) || a.name.localeCompare(b.name));
}
