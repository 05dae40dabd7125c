import type { ComponentChildren } from "preact";
import { isAway, type Failure } from "../api/request.ts";
import { askAgain } from "../state/connection.ts";

/** A question the server could not answer: its own sentence, and a way to ask again. Silent while the page itself speaks. */
export function Trouble({ failure, what }: { readonly failure: Failure; readonly what: string }) {
  if (isAway(failure)) return null;
  return (
    <div class="trouble" role="alert">
      <strong>{what} could not be read</strong>
      <p>{failure.message}</p>
      <p class="quiet">
        {failure.title}
        {failure.status > 0 && failure.title !== `HTTP ${failure.status}` ? ` · HTTP ${failure.status}` : ""}
      </p>
      <button type="button" class="plain" onClick={askAgain}>
        Ask again
      </button>
    </div>
  );
}

/** Nothing has been read yet, but it may still come. */
export function isAwaited(value: unknown, failure: Failure | null): boolean {
  return value === null && (failure === null || isAway(failure));
}

/** Grey shapes where content will stand. */
export function Skeleton({ lines }: { readonly lines: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <i key={line} />
      ))}
    </div>
  );
}

export function Blank({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="blank">
      <strong>{title}</strong>
      {children}
    </div>
  );
}
