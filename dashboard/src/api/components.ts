import { get } from "./request.ts";
import type { Series } from "./series.ts";

/** Machines and services, a column per attribute. */
export interface Components {
  readonly kind: readonly string[];
  readonly name: readonly string[];
  readonly heard_ms: readonly (number | null)[];
  readonly state: readonly string[];
  /** A sentence for each alert. */
  readonly wrong: readonly (readonly string[])[];
}

export function fetchComponents(signal: AbortSignal): Promise<Components> {
  return get<Components>("v1/components", {}, signal);
}

/** What one of them is held to, over the last three hours. */
export async function fetchRules(kind: string, name: string, signal: AbortSignal): Promise<readonly Series[]> {
  const found = await get<{ rules: readonly Series[] }>(`v1/components/${encodeURIComponent(kind)}/rules`, { name }, signal);
  return found.rules;
}
