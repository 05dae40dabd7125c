import { get } from "./request.ts";
import type { Layer, Priority } from "./models.ts";

export interface Span {
  readonly from_ms: number;
  readonly to_ms: number;
}

export interface Cause {
  readonly kind: string;
  readonly subject: string;
  readonly score: number;
  readonly summary: string;
  readonly evidence: readonly string[];
  readonly counter_evidence: readonly string[];
  readonly next_step: string;
}

export interface Alert {
  readonly id: string;
  readonly signal: string;
  readonly label: string;
  readonly monitor: string;
  readonly statistic: string;
  readonly unit: string;
  readonly layer: Layer;
  readonly state: string;
  readonly priority: Priority;
  readonly severity: string;
  readonly value: number | null;
  readonly threshold: number | null;
  readonly effect: number | null;
  readonly n: number | null;
  readonly onset_ms: number | null;
  readonly opened_ms: number | null;
  readonly evidence: Span;
  readonly no_data: boolean;
  readonly provisional: boolean;
}

export interface Incident {
  readonly id: string;
  readonly model: string;
  readonly title: string;
  readonly state: "open" | "resolved";
  readonly priority: Priority;
  readonly severity: string;
  readonly layers: readonly Layer[];
  readonly onset_ms: number | null;
  readonly opened_ms: number;
  readonly updated_ms: number;
  readonly resolved_ms: number | null;
  readonly evidence: Span;
  readonly revision: number;
  readonly signals: readonly string[];
  readonly monitors?: readonly string[];
  readonly causes: readonly Cause[];
  readonly alerts?: readonly Alert[];
}

export async function fetchIncidents(model: string, signal: AbortSignal): Promise<readonly Incident[]> {
  return (await get<{ incidents: readonly Incident[] }>("v1/incidents", { model }, signal)).incidents;
}

export function fetchIncident(id: string, signal: AbortSignal): Promise<Incident> {
  return get<Incident>(`v1/incidents/${encodeURIComponent(id)}`, {}, signal);
}
