/** Whether the server answers, how news of it arrive, and whether it wants a token. */

import { signal } from "@preact/signals";
import { storedToken, storeToken } from "../api/request.ts";

export type Link = "connecting" | "live" | "polling" | "lost";

export const link = signal<Link>("connecting");
/** When the server last answered anything. */
export const lastSeen = signal<number | null>(null);
/** When the next attempt to reach it begins. */
export const retryAt = signal<number | null>(null);
export const tokenWanted = signal(false);
export const tokenRefused = signal(false);
/** Grows when something may have changed on the server; every question is then asked again. */
export const beat = signal(0);
/** Wall clock of the ages on the screen. */
export const now = signal(Date.now());

let nudge: (() => void) | null = null;

/** Waits, unless somebody asks to go on at once. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    nudge = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

export function retryNow(): void {
  nudge?.();
}

/** Nothing is asked anew until somebody goes on: what stands on the screen stays. */
export const paused = signal(false);
/** News came while the page was paused. */
export const newsWaits = signal(false);

/** The server may have something new; taken now, or when the page goes on. */
export function takeNews(): void {
  if (paused.peek()) newsWaits.value = true;
  else askAgain();
}

export function togglePause(): void {
  paused.value = !paused.peek();
  if (paused.peek()) return;
  newsWaits.value = false;
  askAgain();
}

export function askAgain(): void {
  beat.value = beat.peek() + 1;
}

export function reached(): void {
  lastSeen.value = Date.now();
  if (link.peek() === "lost") {
    link.value = "connecting";
    retryNow();
  }
}

export function lose(): void {
  link.value = "lost";
}

export function wantToken(): void {
  tokenRefused.value = storedToken() !== null;
  tokenWanted.value = true;
}

export function giveToken(token: string): void {
  storeToken(token);
  tokenWanted.value = false;
  tokenRefused.value = false;
  askAgain();
  retryNow();
}
