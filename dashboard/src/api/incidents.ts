import { get, post } from "./request.ts";
import type { Layer, Priority } from "./models.ts";

export interface Span {
  readonly from_ms: number;
  readonly to_ms: number;
}

export interface Cause {
  readonly kind: string;
  readonly subject: string;
  readonly score: number;
  readonly summary: string;
  readonly evidence: readonly string[];
  readonly counter_evidence: readonly string[];
  readonly next_step: string;
  /** "high", "medium" or "low"; "" of older incidents. */
  readonly confidence?: string;
}

export const ANSWERS = ["accept", "expected", "dismiss", "resolve"] as const;
export type AnswerKind = (typeof ANSWERS)[number];

/** What a person said an alert was. */
export interface Answer {
  readonly alert: string;
  readonly label: string;
  readonly answer: AnswerKind;
  readonly at_ms: number;
  /** The name of the token; "" where none is needed. */
  readonly by: string;
  readonly comment: string;
}

export interface Alert {
  readonly id: string;
  readonly signal: string;
  readonly label: string;
  readonly monitor: string;
  /** "service/checkout"; "" where it is about a model. */
  readonly component?: string;
  /** "" for all versions together, and for all traffic. */
  readonly version: string;
  readonly segment: string;
  readonly statistic: string;
  readonly unit: string;
  readonly layer: Layer;
  readonly state: string;
  readonly priority: Priority;
  readonly severity: string;
  readonly value: number | null;
  readonly threshold: number | null;
  readonly effect: number | null;
  readonly n: number | null;
  readonly onset_ms: number | null;
  readonly opened_ms: number | null;
  readonly evidence: Span;
  readonly resolved_ms: number | null;
  /** The newest, which is the one that counts. */
  readonly answer: Answer | null;
  /** The time that value, threshold and n are about. */
  readonly about: Span | null;
  /** The same in a sentence, in the units people count in. */
  readonly measured: string;
  /** What is measured and usual, where that is one number. */
  readonly now: number | null;
  readonly usual: number | null;
  readonly no_data: boolean;
  readonly provisional: boolean;
}

export interface Delivery {
  readonly receiver: string;
  readonly revision: number;
  readonly reason: string;
  readonly state: string;
  readonly note: string;
}

export interface Incident {
  readonly id: string;
  /** Why its alerts are taken for one incident; "" where there is one. */
  readonly grounds?: string;
  /** The settled incident whose late consequence it seems to be, or "". */
  readonly aftermath_of?: string;
  /** The deploys and other changes that may belong to it. */
  readonly changes?: readonly string[];
  readonly model: string;
  readonly title: string;
  readonly state: "open" | "resolved";
  readonly priority: Priority;
  readonly severity: string;
  readonly layers: readonly Layer[];
  readonly onset_ms: number | null;
  readonly opened_ms: number;
  readonly updated_ms: number;
  readonly resolved_ms: number | null;
  readonly evidence: Span;
  readonly revision: number;
  readonly signals: readonly string[];
  readonly monitors?: readonly string[];
  readonly causes: readonly Cause[];
  readonly alerts?: readonly Alert[];
  /** Who is at it. */
  readonly acknowledged?: { readonly by: string; readonly comment: string; readonly at_ms: number } | null;
  /** Who was told what, or why not yet. */
  readonly deliveries?: readonly Delivery[];
  /** Everything people said of its alerts, oldest first. */
  readonly answers: readonly Answer[];
  /** What people said it was, as a sentence; "" where it ended by itself. */
  readonly ended: string;
}

export async function fetchIncidents(model: string, signal: AbortSignal): Promise<readonly Incident[]> {
  return (await get<{ incidents: readonly Incident[] }>("v1/incidents", { model }, signal)).incidents;
}

/** Those of all models that were open at any time since `from`. */
export async function fetchIncidentsSince(from: string, signal: AbortSignal): Promise<readonly Incident[]> {
  return (await get<{ incidents: readonly Incident[] }>("v1/incidents", { from }, signal)).incidents;
}

export function fetchIncident(id: string, signal: AbortSignal): Promise<Incident> {
  return get<Incident>(`v1/incidents/${encodeURIComponent(id)}`, {}, signal);
}

export interface Said {
  readonly answer: AnswerKind;
  readonly alerts: readonly string[];
  readonly by: string;
  readonly comment: string;
  readonly at_ms: number;
}

/** Of one alert, or of all open alerts of an incident. */
export interface Answerable {
  readonly kind: "alerts" | "incidents";
  readonly id: string;
}

export function sendAnswer(of: Answerable, answer: AnswerKind, comment: string, key: string): Promise<Said> {
  return post<Said>(`v1/${of.kind}/${encodeURIComponent(of.id)}/${answer}`, { comment }, key);
}

/** Somebody is at it: reminders end. */
export function sendAcknowledgement(id: string, key: string): Promise<unknown> {
  return post(`v1/incidents/${encodeURIComponent(id)}/acknowledge`, {}, key);
}

/** Nobody is told of this model's incidents for a while; they stand on the screen all the same. */
export function sendSilence(model: string, seconds: number, key: string): Promise<unknown> {
  const matchers = [`model=${JSON.stringify(model)}`];
  return post("v1/silences", { matchers, for_seconds: seconds, comment: "from the screen" }, key);
}
