/** The steps a reader takes: into an incident, into a signal, and back out. */

import { signal } from "@preact/signals";
import type { Alert, Cause, Incident } from "../api/incidents.ts";
import { go, place } from "./place.ts";
import { incident, model, overview } from "./questions.ts";
import { frame } from "./range.ts";
import { worstWindow } from "./rows.ts";

export const helpOpen = signal(false);

const HOUR_MS = 3_600_000;

export function openIncident(chosen: Incident): void {
  const windowMs = overview.peek().value?.window_ms ?? (model.peek()?.window_seconds ?? 3600) * 1000;
  const range = frame(chosen, Math.max(windowMs, HOUR_MS), model.peek()?.first_time_ms ?? null, Date.now());
  go({ incident: chosen.id, signal: null, at: null, panel: null, ...range });
}

/** Does what draws half of the page anew with the next frame, so that the click itself is over at once. */
export function soon(step: () => void): void {
  requestAnimationFrame(step);
}

/** Opens a monitor's evidence at a window; without one, at its worst window of the incident or of the range. */
export function openSignal(monitor: string, at: number | null = null): void {
  go({ signal: monitor, at: at ?? worstStart(monitor) });
}

/** Opens the evidence of an alert: its monitor, of its version and segment. */
export function openAlert(alert: Alert): void {
  const version = alert.version || null;
  const segment = alert.segment || null;
  const here = version === place.peek().version && segment === place.peek().segment;
  // Another version's or segment's grid is not there yet to find the worst window in; the evidence begins well.
  go({ signal: alert.monitor, version, segment, at: here ? worstStart(alert.monitor) : null });
}

function worstStart(monitor: string): number | null {
  const shown = overview.peek().value;
  if (shown === null) return null;
  const starts = shown.windows.start_ms;
  const row = shown.signals.monitor.indexOf(monitor);
  const span = incident.peek().value?.evidence;
  const during = span ? worstWindow(starts, shown.cells, row, span.from_ms, span.to_ms) : -1;
  const chosen = during >= 0 ? during : worstWindow(starts, shown.cells, row, shown.from_ms, shown.to_ms + 1);
  return starts[chosen] ?? null;
}

/** The alert that speaks for a cause: of the version or the one segment it is about, else of all traffic. */
export function alertOf(cause: Cause): Alert | null {
  const shown = incident.peek().value;
  const alerts = shown?.alerts ?? [];
  // What is said of the model as a whole is best seen at the likeliest of its signals.
  if (cause.subject === shown?.model) {
    const parts = shown.causes.filter(({ subject }) => subject !== shown.model).map(alertOf);
    return parts.find((alert) => alert !== null) ?? alerts.find(isOfAll) ?? null;
  }
  if (cause.kind === "version") return alerts.find(({ version }) => version === cause.subject) ?? null;
  const own = alerts.filter(({ signal: name }) => name === cause.subject);
  const alone = own.find(({ segment }) => segment !== "" && cause.summary.endsWith(`in ${segment} only`));
  return alone ?? own.find(isOfAll) ?? own[0] ?? null;
}

function isOfAll({ version, segment }: Alert): boolean {
  return version === "" && segment === "";
}

/** The monitor that speaks for a signal: its most exceeded one. */
export function monitorOf(signalName: string): string | null {
  const alert = incident.peek().value?.alerts?.find((candidate) => candidate.signal === signalName && isOfAll(candidate));
  if (alert !== undefined) return alert.monitor;
  const signals = overview.peek().value?.signals;
  const row = signals?.name.indexOf(signalName) ?? -1;
  return signals?.monitor[row] ?? null;
}

/** One step out: help, then the signal, then the incident or what else stands on the right. True if there was anything to close. */
export function closeOne(): boolean {
  if (helpOpen.peek()) {
    helpOpen.value = false;
    return true;
  }
  const { signal: monitor, incident: id, panel } = place.peek();
  if (monitor !== null) go({ signal: null, at: null });
  else if (id !== null) go({ incident: null });
  else if (panel !== null) go({ panel: null, metric: null, at: null });
  return monitor !== null || id !== null || panel !== null;
}

export function toggleLayer(layer: string): void {
  const { folded } = place.peek();
  go({ folded: folded.includes(layer) ? folded.filter((name) => name !== layer) : [...folded, layer] });
}
