/** The place a reader is at, and its one spelling as a query string. Both ways, without side effects. */

export const PRESETS = ["24h", "7d", "30d", "90d", "all"] as const;
export type Preset = (typeof PRESETS)[number];

const PANELS = ["impact", "quality", "backtest"] as const;
export type Panel = (typeof PANELS)[number];

const PAGES = ["report", "digest"] as const;
export type Page = (typeof PAGES)[number];

export interface Place {
  /** A page to print: the report of the chosen incident, or what happened this week. */
  readonly page: Page | null;
  readonly model: string | null;
  /** A range that moves with the clock; excludes `from` and `to`. */
  readonly range: Preset | null;
  readonly from: number | null;
  /** null with a `from` = until now. */
  readonly to: number | null;
  readonly incident: string | null;
  /** The monitor whose evidence is open. */
  readonly signal: string | null;
  /** Start of the window whose evidence is open. */
  readonly at: number | null;
  /** What stands on the right where neither an incident nor a monitor is chosen. */
  readonly panel: Panel | null;
  /** The quality metric that is drawn; null = the first. */
  readonly metric: string | null;
  readonly version: string | null;
  readonly segment: string | null;
  readonly search: string;
  /** Layers folded away. */
  readonly folded: readonly string[];
}

export const NOWHERE: Place = {
  page: null,
  model: null,
  range: null,
  from: null,
  to: null,
  incident: null,
  signal: null,
  at: null,
  panel: null,
  metric: null,
  version: null,
  segment: null,
  search: "",
  folded: [],
};

function readInstant(text: string | null): number | null {
  const ms = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}

function isPreset(text: string | null): text is Preset {
  return (PRESETS as readonly (string | null)[]).includes(text);
}

/** Reads a query string; what cannot be read is as if it were not there. */
export function decode(query: string): Place {
  const params = new URLSearchParams(query);
  const text = (name: string): string | null => params.get(name) || null;
  const range = params.get("range");
  const preset = isPreset(range) ? range : null;
  return {
    page: PAGES.find((page) => page === params.get("page")) ?? null,
    model: text("model"),
    range: preset,
    from: preset === null ? readInstant(params.get("from")) : null,
    to: preset === null ? readInstant(params.get("to")) : null,
    incident: text("incident"),
    signal: text("signal"),
    at: readInstant(params.get("at")),
    panel: PANELS.find((panel) => panel === params.get("panel")) ?? null,
    metric: text("metric"),
    version: text("version"),
    segment: text("segment"),
    search: params.get("search") ?? "",
    folded: (params.get("folded") ?? "").split(",").filter((layer) => layer !== ""),
  };
}

/** "2026-03-31T03:00:00Z": whole seconds, because nobody shares milliseconds. */
export function iso(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function encode(place: Place): string {
  const params = new URLSearchParams();
  const put = (name: string, value: string | null): void => {
    if (value !== null && value !== "") params.set(name, value);
  };
  put("page", place.page);
  put("model", place.model);
  put("range", place.range);
  if (place.range === null) {
    put("from", place.from === null ? null : iso(place.from));
    put("to", place.to === null ? null : iso(place.to));
  }
  put("incident", place.incident);
  put("signal", place.signal);
  put("at", place.at === null ? null : iso(place.at));
  put("panel", place.panel);
  put("metric", place.metric);
  put("version", place.version);
  put("segment", place.segment);
  put("search", place.search);
  put("folded", place.folded.join(","));
  const query = params.toString();
  return query === "" ? "" : `?${query}`;
}
