/** A play of the model's stored past: begun by the reader, followed until it is done. */

import { signal } from "@preact/signals";
import { beginPlay, fetchPlay, type Play, type Tried } from "../api/backtest.ts";
import { Failure } from "../api/request.ts";
import { wantToken } from "./connection.ts";

export interface Playing {
  readonly model: string;
  readonly tried: Tried;
  /** null while it is being asked for. */
  readonly play: Play | null;
  /** Why it could not begin, or is not known any more. */
  readonly refused: string | null;
}

export const playing = signal<Playing | null>(null);

const LOOK_MS = 700;

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Once a play is on, its end is waited for, whatever else is looked at meanwhile. */
export async function playPast(model: string, tried: Tried): Promise<void> {
  const mine: Playing = { model, tried, play: null, refused: null };
  const present = (): boolean => playing.peek()?.tried === tried;
  playing.value = mine;
  try {
    let play = await beginPlay(model, tried, crypto.getRandomValues(new Uint32Array(4)).join(""));
    while (present() && play.state === "running") {
      playing.value = { ...mine, play };
      await wait(LOOK_MS);
      play = await fetchPlay(play.id, new AbortController().signal);
    }
    if (present()) playing.value = { ...mine, play };
  } catch (error) {
    if (error instanceof Failure && error.kind === "unauthorized") wantToken();
    if (present()) playing.value = { ...mine, refused: error instanceof Error ? error.message : String(error) };
  }
}
