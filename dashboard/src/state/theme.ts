/** Dark, light, or as the system says. A person's taste, so it stays in this browser and out of shared addresses. */

import { effect, signal } from "@preact/signals";

export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "seamark.theme";

function stored(): Theme {
  const kept = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === kept) ?? "auto";
}

export const theme = signal<Theme>(stored());

const systemDark = window.matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(systemDark.matches);
systemDark.addEventListener("change", (event) => {
  systemIsDark.value = event.matches;
});

/** What is shown, after `auto` has been decided. */
export const shade = signal<"light" | "dark">("light");

effect(() => {
  const chosen = theme.value;
  shade.value = chosen === "auto" ? (systemIsDark.value ? "dark" : "light") : chosen;
  document.documentElement.dataset["theme"] = shade.value;
});

export function turnTheme(): void {
  const next = THEMES[(THEMES.indexOf(theme.peek()) + 1) % THEMES.length] ?? "auto";
  localStorage.setItem(KEY, next);
  theme.value = next;
}
