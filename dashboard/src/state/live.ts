/** Keeps the screen up to date: the event stream, polling where there is none, and the way back after a loss. */

import { follow } from "../api/events.ts";
import { Failure } from "../api/request.ts";
import { askAgain, link, lose, now, pause, retryAt, retryNow, takeNews, tokenWanted, wantToken } from "./connection.ts";
import { models } from "./questions.ts";

const POLL_MS = 15_000;
const FIRST_RUN_MS = 2000;
const BACKOFF_MS: readonly number[] = [1000, 2000, 4000, 8000, 15_000];
/** News in quick succession are one refresh. */
const SETTLE_MS = 1000;

let pending: ReturnType<typeof setTimeout> | null = null;

function refreshSoon(): void {
  pending ??= setTimeout(() => {
    pending = null;
    if (!document.hidden) takeNews();
  }, SETTLE_MS);
}

async function waitFor(ms: number): Promise<void> {
  retryAt.value = Date.now() + ms;
  await pause(ms);
  retryAt.value = null;
}

/** The last event's data; the same again is no news, as after a reconnect. */
let known: string | null = null;

/** Reads the stream until it ends; true if it was open at all. */
async function listen(signal: AbortSignal): Promise<boolean> {
  let opened = false;
  for await (const event of follow(signal)) {
    if (event.kind === "open") {
      opened = true;
      if (link.peek() === "lost") askAgain();
      link.value = "live";
      continue;
    }
    if (known !== null && event.data !== known) refreshSoon();
    known = event.data;
  }
  return opened;
}

/** One round without a stream: ask for everything, then wait. */
async function poll(): Promise<void> {
  if (link.peek() !== "lost") link.value = "polling";
  const waiting = link.peek() === "lost" ? (BACKOFF_MS[1] ?? POLL_MS) : POLL_MS;
  await waitFor(waiting);
  if (!document.hidden) takeNews();
}

export async function stayLive(signal: AbortSignal): Promise<void> {
  let failures = 0;
  let streaming = true;
  while (!signal.aborted) {
    if (!streaming) {
      await poll();
      continue;
    }
    try {
      failures = (await listen(signal)) ? 0 : failures;
      await pause(BACKOFF_MS[0] ?? 0);
    } catch (error) {
      if (signal.aborted || !(error instanceof Failure)) throw error;
      if (error.kind === "unauthorized") {
        if (!tokenWanted.peek()) wantToken();
        await pause(POLL_MS);
      } else if (error.kind === "unreachable") {
        lose();
        await waitFor(BACKOFF_MS[Math.min(failures++, BACKOFF_MS.length - 1)] ?? 0);
      } else streaming = false;
    }
  }
}

/** Starts the clocks of the page; they end with it. */
export function startLive(): void {
  setInterval(() => {
    now.value = Date.now();
  }, 1000);
  // A new user is looking at the page while the first prediction arrives.
  setInterval(() => {
    if (models.peek().value?.length === 0 && !document.hidden) askAgain();
  }, FIRST_RUN_MS);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    takeNews();
    retryNow();
  });
  void stayLive(new AbortController().signal);
}
