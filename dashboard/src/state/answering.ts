/** What the reader says of alerts: the form that is open, and what is on its way until the server shows it. */

import { computed, effect, signal } from "@preact/signals";
import { sendAnswer, type Alert, type AnswerKind, type Answerable, type Incident } from "../api/incidents.ts";
import { Failure } from "../api/request.ts";
import { askAgain, wantToken } from "./connection.ts";
import { incident } from "./questions.ts";

/** The form that asks for a comment. */
export interface Draft {
  readonly of: Answerable;
  readonly answer: AnswerKind;
}

export const draft = signal<Draft | null>(null);

export interface Said {
  readonly of: Answerable;
  readonly answer: AnswerKind;
  readonly comment: string;
  /** Repeated with the same key, it counts once. */
  readonly key: string;
  /** The alerts it is about. */
  readonly alerts: readonly string[];
  /** Sent; durable, but not yet acted on; or refused, with the server's sentence. */
  readonly phase: "sending" | "recorded" | "refused";
  readonly at: number | null;
  readonly message: string;
}

/** What the server has not shown yet, the newest last. */
export const underway = signal<readonly Said[]>([]);

/** How long after an acknowledgement to look whether it has taken effect. */
const LOOKS_MS: readonly number[] = [800, 2500, 6000, 15_000];

function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function isBurning(alert: Alert): boolean {
  return alert.state === "firing" || alert.state === "recovering";
}

/** What an answer to a whole incident is about: its open alerts or, once none is open, all of them. */
export function answerable(shown: Incident): readonly Alert[] {
  const alerts = shown.alerts ?? [];
  const burning = alerts.filter(isBurning);
  return burning.length > 0 ? burning : alerts;
}

/** The newest word of the reader on an alert that the server has not shown yet. */
export const saidOf = computed(() => {
  const found = new Map<string, Said>();
  for (const said of underway.value) for (const alert of said.alerts) found.set(alert, said);
  return found;
});

function put(said: Said): void {
  underway.value = [...underway.peek().filter((one) => one.key !== said.key), said];
}

export function forget(said: Said): void {
  underway.value = underway.peek().filter((one) => one.key !== said.key);
}

async function deliver(said: Said): Promise<void> {
  put({ ...said, phase: "sending", message: "" });
  try {
    const taken = await sendAnswer(said.of, said.answer, said.comment, said.key);
    put({ ...said, phase: "recorded", alerts: taken.alerts, at: taken.at_ms, message: "" });
    for (const after of LOOKS_MS) setTimeout(lookAgain, after, said.key);
  } catch (error) {
    if (error instanceof Failure && error.kind === "unauthorized") wantToken();
    put({ ...said, phase: "refused", message: error instanceof Error ? error.message : String(error) });
  }
}

function lookAgain(key: string): void {
  if (underway.peek().some((one) => one.key === key)) askAgain();
}

/** Sends what the open form says. */
export function say(comment: string): void {
  const open = draft.peek();
  const shown = incident.peek().value;
  if (open === null || shown === null) return;
  draft.value = null;
  const alerts = open.of.kind === "alerts" ? [open.of.id] : answerable(shown).map((one) => one.id);
  void deliver({ ...open, comment: comment.trim(), key: randomKey(), alerts, phase: "sending", at: null, message: "" });
}

export function sayAgain(said: Said): void {
  void deliver(said);
}

/** Whether the server has acted on an answer: it shows it, or a later one, and its alerts burn no more. */
export function isShown(said: Said, shown: Incident): boolean {
  return (shown.alerts ?? []).every((alert) => {
    if (!said.alerts.includes(alert.id)) return true;
    if (alert.answer === null || isBurning(alert)) return false;
    // Repeated word for word it is not written down again.
    const same = alert.answer.answer === said.answer && alert.answer.comment === said.comment;
    return same || alert.answer.at_ms >= (said.at ?? Number.POSITIVE_INFINITY);
  });
}

// What the server shows needs no word of ours any more.
effect(() => {
  const shown = incident.value.value;
  if (shown === null) return;
  const left = underway.peek().filter((said) => said.phase !== "recorded" || !isShown(said, shown));
  if (left.length < underway.peek().length) underway.value = left;
});

// Another incident, another form.
effect(() => {
  const id = incident.value.value?.id ?? null;
  const open = draft.peek();
  if (open?.of.kind === "incidents" && open.of.id !== id) draft.value = null;
});
