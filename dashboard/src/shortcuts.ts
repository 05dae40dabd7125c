/** Keys that work everywhere on the page; the grid has its own. */

import { closeOne, helpOpen, openIncident } from "./state/journey.ts";
import { togglePause, tokenWanted } from "./state/connection.ts";
import { inOrder } from "./state/order.ts";
import { incidents } from "./state/questions.ts";
import { turnTheme } from "./state/theme.ts";

function focus(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}

function openTopIncident(): void {
  const top = inOrder(incidents.peek().value ?? [])[0];
  if (top !== undefined) openIncident(top);
}

const KEYS: Readonly<Record<string, () => void>> = {
  "/": () => focus(".search"),
  g: () => focus(".grid"),
  i: openTopIncident,
  t: turnTheme,
  p: togglePause,
  "?": () => {
    helpOpen.value = true;
  },
};

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, select, textarea");
}

/** Esc leaves the field first, then closes one thing at a time and returns to the grid. */
function escape(event: KeyboardEvent): void {
  if (isTyping(event.target)) (event.target as HTMLElement).blur();
  else if (closeOne()) focus(".grid");
}

export function listenToKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || tokenWanted.peek()) return;
    if (event.key === "Escape") {
      // An open dialog closes itself.
      if (!helpOpen.peek()) escape(event);
      return;
    }
    const act = KEYS[event.key];
    if (act === undefined || isTyping(event.target)) return;
    event.preventDefault();
    act();
  });
}
