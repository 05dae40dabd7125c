/** What the reader says about being told: that somebody is at it, or that it should be quiet for a while. */

import { signal } from "@preact/signals";
import { sendAcknowledgement, sendSilence } from "../api/incidents.ts";
import { Failure } from "../api/request.ts";
import { askAgain, wantToken } from "./connection.ts";

export interface Told {
  readonly incident: string;
  readonly words: string;
  readonly refused: boolean;
}

/** The newest word and what became of it. */
export const told = signal<Told | null>(null);

const LOOKS_MS: readonly number[] = [800, 2500, 6000];

async function say(incident: string, words: string, send: (key: string) => Promise<unknown>): Promise<void> {
  try {
    await send(crypto.getRandomValues(new Uint32Array(4)).join(""));
    told.value = { incident, words, refused: false };
    for (const after of LOOKS_MS) setTimeout(askAgain, after);
  } catch (error) {
    if (error instanceof Failure && error.kind === "unauthorized") wantToken();
    told.value = { incident, words: error instanceof Error ? error.message : String(error), refused: true };
  }
}

export function acknowledge(incident: string): void {
  void say(incident, "Recorded: you are at it. Reminders end within seconds.", (key) => sendAcknowledgement(incident, key));
}

export function silence(incident: string, model: string, seconds: number, words: string): void {
  const said = `Nobody is told about ${model} for ${words}. What happens still stands here.`;
  void say(incident, said, (key) => sendSilence(model, seconds, key));
}
