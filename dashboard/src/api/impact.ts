import type { Column } from "./overview.ts";
import { get } from "./request.ts";

/** What to ask about: a stretch of a model's traffic. */
export interface Period {
  readonly model: string;
  readonly from: string;
  readonly to: string;
}

/** Which drift matters: features by the size of their impact on the mean prediction, the largest first. */
export interface Impact {
  readonly target: string;
  readonly attributions: string;
  readonly n: number;
  readonly baseline_n: number;
  readonly mean: { readonly baseline: number | null; readonly current: number | null };
  readonly shift: number | null;
  readonly explained: number | null;
  readonly summary: string;
  readonly features: {
    readonly feature: readonly string[];
    readonly label: readonly string[];
    readonly impact: Column;
    readonly noise: Column;
    readonly share_explained: Column;
    readonly moved_share: Column;
    readonly gained: readonly (string | null)[];
    readonly lost: readonly (string | null)[];
  };
}

/** In which parts of the traffic the answers changed, the strongest first. */
export interface Slices {
  readonly target: string;
  readonly n: number;
  readonly baseline_n: number;
  readonly tested: number;
  readonly slices: {
    readonly label: readonly string[];
    readonly n: readonly number[];
    readonly share: Column;
    readonly mean: Column;
    readonly baseline_mean: Column;
    readonly shift: Column;
  };
}

const FEATURES = "8";
const SLICES = "6";

export function fetchImpact(asked: Period, signal: AbortSignal): Promise<Impact> {
  return get<Impact>("v1/impact", { ...asked, top: FEATURES }, signal);
}

export function fetchSlices(asked: Period, signal: AbortSignal): Promise<Slices> {
  return get<Slices>("v1/slices", { ...asked, top: SLICES }, signal);
}
