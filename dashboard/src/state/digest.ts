/** The incidents of the last seven days, of all models. */

import { fetchIncidentsSince } from "../api/incidents.ts";
import { answer } from "./answers.ts";
import { iso } from "./codec.ts";
import { place } from "./place.ts";

export const WEEK_MS = 7 * 86_400_000;

export const digest = answer({
  of: () => (place.value.page === "digest" ? {} : null),
  subject: () => "week",
  ask: (_, aborted) => fetchIncidentsSince(iso(Date.now() - WEEK_MS), aborted),
});
