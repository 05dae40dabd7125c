/** What people read instead of the names machines use. */

import type { AnswerKind } from "../api/incidents.ts";
import type { Layer, LayerState } from "../api/models.ts";

const STATISTICS: Readonly<Record<string, string>> = {
  jensen_shannon: "Jensen–Shannon distance",
  ks: "Kolmogorov–Smirnov",
  psi: "population stability index",
  chi_squared: "chi-squared (Cramér's V)",
  wasserstein: "Wasserstein distance",
  hellinger: "Hellinger distance",
  total_variation: "total variation",
  kl: "Kullback–Leibler divergence",
  l_infinity: "largest bin difference",
  cramer_von_mises: "Cramér–von Mises",
  anderson_darling: "Anderson–Darling",
  mean_shift: "shift of the mean",
  missing_rate: "missing rate",
  mistyped_rate: "mistyped rate",
  unseen_rate: "unseen categories",
  out_of_range_rate: "out of range",
  class_share: "share of class",
  near_half_share: "clustering near ½",
  volume: "traffic volume",
  selection_rate_gap: "gap of selection rates",
  joint_shift: "joint shift of all features",
  group_shift: "shift of its series",
  outcomes_late: "missing outcomes",
};

/** What rules about machines and services measure: beside a row, and in full. */
const RULES: Readonly<Record<string, readonly [string, string]>> = {
  server_error_rate: ["errors", "errors as a share of requests"],
  client_error_rate: ["4xx", "4xx answers as a share of requests"],
  unavailable: ["unavailable", "failed availability checks"],
  no_data: ["silence", "seconds since anything was heard"],
  restart_loop: ["restarts", "restarts in 15 minutes"],
  crash_loop: ["crash loop", "waiting in CrashLoopBackOff"],
  oom_kills: ["OOM kills", "kills for lack of memory in 15 minutes"],
  oom_restarts: ["OOM restarts", "restarts for lack of memory in 15 minutes"],
  cpu_saturation: ["CPU", "processor time in use, over 15 minutes"],
  throttling: ["throttled", "throttled scheduling periods, over 15 minutes"],
  memory_near_limit: ["memory", "memory as a share of its limit"],
  node_memory: ["memory", "memory in use"],
  gpu_memory: ["GPU memory", "GPU memory in use"],
};

const METRICS: Readonly<Record<string, string>> = {
  auc: "AUC",
  log_loss: "log loss",
  brier_score: "Brier score",
  f1: "F1",
  macro_f1: "macro F1",
  weighted_f1: "weighted F1",
  mae: "mean absolute error",
  rmse: "root mean squared error",
  mape: "mean absolute percentage error",
  r2: "R²",
};

/** "AUC", "false positive rate"; a name that is not known is shown with spaces. */
export function metricName(name: string): string {
  return METRICS[name] ?? name.replaceAll("_", " ");
}

const SHORT: Readonly<Record<string, string>> = {
  jensen_shannon: "JS",
  joint_shift: "all features",
  group_shift: "series",
  missing_rate: "missing",
  mistyped_rate: "mistyped",
  unseen_rate: "unseen",
  class_share: "share",
  near_half_share: "near ½",
  volume: "volume",
  selection_rate_gap: "selection gap",
  ks: "KS",
  psi: "PSI",
  chi_squared: "χ²",
  kl: "KL",
  cramer_von_mises: "CvM",
  anderson_darling: "AD",
  wasserstein: "Wasserstein",
  hellinger: "Hellinger",
  ...Object.fromEntries(Object.entries(RULES).map(([name, [short]]) => [name, short])),
};

/** "Jensen–Shannon distance"; a plug-in's own name is shown with spaces. */
export function statistic(name: string): string {
  return STATISTICS[name] ?? RULES[name]?.[1] ?? name.replaceAll("_", " ");
}

export function shortStatistic(name: string): string {
  return SHORT[name] ?? statistic(name);
}

export const LAYER_NAMES: Readonly<Record<Layer, string>> = {
  infrastructure: "Infrastructure",
  serving: "Serving",
  data: "Data",
  model: "Model",
  business: "Business",
};

export const LAYER_STATES: Readonly<Record<LayerState, string>> = {
  ok: "within thresholds",
  pending: "past a threshold, not yet confirmed",
  firing: "firing",
  insufficient: "not enough data",
  no_data: "no data",
};

export const STATUS_NAMES: readonly string[] = [
  "within threshold",
  "elevated",
  "past threshold",
  "not enough data",
  "no data",
  "waits for outcomes",
];

export function statusName(status: number | null): string {
  return status === null ? "not evaluated" : (STATUS_NAMES[status] ?? "unknown");
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

interface AnswerWords {
  readonly name: string;
  /** What the alert was, said afterwards. */
  readonly done: string;
  readonly meaning: string;
}

export const ANSWER_WORDS: Readonly<Record<AnswerKind, AnswerWords>> = {
  accept: {
    name: "New normal",
    done: "New normal",
    meaning: "The change is right and stays. What is seen now becomes the baseline; until that is learned, it stays silent.",
  },
  expected: {
    name: "Expected event",
    done: "Expected event",
    meaning: "You knew of it. It stays silent until it is over, and its time is never learned from.",
  },
  dismiss: {
    name: "False alarm",
    done: "False alarm",
    meaning: "Nothing was the matter. Its time counts as ordinary, and thresholds are learned anew with it.",
  },
  resolve: {
    name: "Resolve",
    done: "Resolved",
    meaning: "It was a fault, and it is repaired. If it goes on after now, you will hear of it again.",
  },
};

export const ALERT_STATES: Readonly<Record<string, string>> = {
  recovering: "recovering",
  resolved: "over",
};
