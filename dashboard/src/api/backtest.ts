import type { Priority } from "./models.ts";
import { get, post } from "./request.ts";

export interface PlayedIncident {
  readonly id: string;
  readonly title: string;
  readonly state: string;
  readonly priority: Priority;
  readonly opened: string;
  readonly closed: string | null;
}

/** What another budget, or thresholds times a factor, would have given. */
export interface Otherwise {
  readonly budget?: number;
  readonly times?: number;
  readonly present: boolean;
  readonly alerts: number;
  readonly incidents: number;
  readonly incidents_a_month: number;
  readonly alarm_hours: number;
}

export interface Report {
  readonly from: string;
  readonly to: string;
  readonly rows: number;
  readonly window_seconds: number;
  readonly windows: number;
  readonly budget: number;
  readonly notes: readonly string[];
  readonly incidents: readonly PlayedIncident[];
  readonly alerts: readonly unknown[];
  readonly alarm_hours: number;
  readonly budgets: readonly Otherwise[];
  readonly thresholds: readonly Otherwise[];
}

export interface Play {
  readonly id: string;
  readonly model: string;
  readonly state: "running" | "done" | "failed";
  readonly share: number;
  readonly report: Report | null;
  readonly error: string | null;
}

/** Keys of `[models.NAME]`, tried instead of the present ones. */
export type Tried = Readonly<Record<string, number>>;

export function beginPlay(model: string, options: Tried, key: string): Promise<Play> {
  return post<Play>("v1/backtest", { model, options }, key);
}

export function fetchPlay(id: string, signal: AbortSignal): Promise<Play> {
  return get<Play>(`v1/backtest/${encodeURIComponent(id)}`, {}, signal);
}
