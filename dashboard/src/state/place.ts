/** The only owner of the address bar: the place as a signal, and every way to move. */

import { signal } from "@preact/signals";
import { decode, encode, NOWHERE, type Place } from "./codec.ts";

export const place = signal<Place>(decode(window.location.search));

function moved(patch: Partial<Place>): { next: Place; href: string } {
  const next = { ...place.peek(), ...patch };
  return { next, href: `${window.location.pathname}${encode(next)}` };
}

/** Goes to a new place; the browser's back button returns here. */
export function go(patch: Partial<Place>): void {
  const { next, href } = moved(patch);
  if (encode(next) !== encode(place.peek())) window.history.pushState(null, "", href);
  place.value = next;
}

/** Refines the present place without a step in the history, as typing a search does. */
export function refine(patch: Partial<Place>): void {
  const { next, href } = moved(patch);
  window.history.replaceState(null, "", href);
  place.value = next;
}

/** Another model keeps nothing of the present one but the kind of range. */
export function goToModel(model: string | null): void {
  go({ ...NOWHERE, model, range: place.peek().range });
}

window.addEventListener("popstate", () => {
  place.value = decode(window.location.search);
});
