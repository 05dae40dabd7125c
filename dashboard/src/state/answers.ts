/** A question that follows the place: asked anew when it changes or the server has news, the old one aborted. */

import { effect, signal, type ReadonlySignal } from "@preact/signals";
import { Failure } from "../api/request.ts";
import { beat, lose, reached, wantToken } from "./connection.ts";

export interface Answer<T> {
  /** The newest answer about the present subject; kept while a newer one is on its way. */
  readonly value: T | null;
  readonly failure: Failure | null;
  /** True while the answer to a changed question is awaited; a silent refresh does not count. */
  readonly loading: boolean;
}

const EMPTY = { value: null, failure: null, loading: false };

export interface Question<Q, T> {
  /** null = nothing to ask here. */
  readonly of: () => Q | null;
  /** Answers about another subject are dropped at once rather than shown while loading. */
  readonly subject: (question: Q) => string;
  readonly ask: (question: Q, signal: AbortSignal) => Promise<T>;
  /** Not asked anew when the server has news: for what takes long. */
  readonly once?: boolean;
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure("broken", 0, "Unexpected answer", error instanceof Error ? error.message : String(error));
}

function report(failure: Failure): void {
  if (failure.kind === "unreachable") lose();
  else reached();
  if (failure.kind === "unauthorized") wantToken();
}

export function answer<Q, T>(question: Question<Q, T>): ReadonlySignal<Answer<T>> {
  const state = signal<Answer<T>>(EMPTY);
  let asked = "null";
  let subject: string | null = null;
  effect(() => {
    if (question.once !== true) beat.value;
    const present = question.of();
    const spelled = JSON.stringify(present);
    const changed = spelled !== asked;
    asked = spelled;
    if (present === null) {
      subject = null;
      state.value = EMPTY;
      return undefined;
    }
    const same = subject === question.subject(present);
    subject = question.subject(present);
    if (changed) state.value = { value: same ? state.peek().value : null, failure: null, loading: true };
    const abort = new AbortController();
    question.ask(present, abort.signal).then(
      (value) => {
        if (abort.signal.aborted) return;
        reached();
        state.value = { value, failure: null, loading: false };
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        const failure = asFailure(error);
        report(failure);
        state.value = { value: state.peek().value, failure, loading: false };
      },
    );
    return () => abort.abort();
  });
  return state;
}
