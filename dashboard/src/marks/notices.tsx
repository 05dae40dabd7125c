import type { ComponentChildren } from "preact";
import type { Failure } from "../api/request.ts";
import { askAgain } from "../state/connection.ts";

/** A question the server could not answer: its own sentence, and a way to ask again. */
export function Trouble({ failure, what }: { readonly failure: Failure; readonly what: string }) {
  // While the server is away or wants a token the whole screen says so; each panel need not.
  if (failure.kind === "unreachable" || failure.kind === "unauthorized") return null;
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
