/** Machines and services beside the models: asked for where no model is chosen. */

import { signal } from "@preact/signals";
import { fetchComponents, fetchRules } from "../api/components.ts";
import { answer } from "./answers.ts";
import { place } from "./place.ts";

export const components = answer({
  of: () => (place.value.model === null ? {} : null),
  subject: () => "components",
  ask: (_, aborted) => fetchComponents(aborted),
});

/** "service/checkout": the one whose rules are shown. */
export const openedComponent = signal<string | null>(null);

export const componentRules = answer({
  of: () => (place.value.model === null ? openedComponent.value : null),
  subject: (label) => label,
  ask: (label, aborted) => {
    const [kind = "", ...rest] = label.split("/");
    return fetchRules(kind, rest.join("/"), aborted);
  },
});
