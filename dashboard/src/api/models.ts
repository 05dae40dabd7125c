import { get } from "./request.ts";

export type Layer = "infrastructure" | "serving" | "data" | "model" | "business";
export type LayerState = "ok" | "pending" | "firing" | "insufficient" | "no_data";
export type Priority = "P1" | "P2" | "P3";

export const LAYERS: readonly Layer[] = ["infrastructure", "serving", "data", "model", "business"];

export interface Model {
  readonly project: string;
  readonly name: string;
  readonly task: string;
  readonly versions: readonly string[];
  readonly segments: readonly string[];
  readonly rows: number;
  readonly first_time_ms: number | null;
  readonly last_time_ms: number | null;
  readonly window_seconds: number | null;
  readonly provisional: boolean;
  readonly baseline: string | null;
  /** Only in an overview: how the thresholds that judge now were learned; null while none are. */
  readonly calibration?: { readonly summary: string; readonly through_ms: number } | null;
  /** How it is judged now, and for which budget of false incidents a month. */
  readonly monitoring?: { readonly state: string; readonly budget: number | null };
  readonly open_incidents: number;
  readonly highest_priority: Priority | null;
  readonly retired: boolean;
  readonly layers: Partial<Record<Layer, LayerState>>;
}

export async function fetchModels(signal: AbortSignal): Promise<readonly Model[]> {
  return (await get<{ models: readonly Model[] }>("v1/models", {}, signal)).models;
}
