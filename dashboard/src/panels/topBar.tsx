import { useRef } from "preact/hooks";
import type { Model } from "../api/models.ts";
import { ago, shortDay } from "../format/time.ts";
import { lastSeen, link, newsWaits, now, paused, togglePause, type Link } from "../state/connection.ts";
import { helpOpen } from "../state/journey.ts";
import { PRESETS, type Preset } from "../state/codec.ts";
import { go, goToModel, place, refine } from "../state/place.ts";
import { model, models, overview } from "../state/questions.ts";
import { theme, turnTheme, type Theme } from "../state/theme.ts";

const THEME_SIGNS: Readonly<Record<Theme, string>> = { auto: "◐", light: "☀", dark: "☾" };

const PRESET_NAMES: Readonly<Record<Preset, string>> = {
  "24h": "24 h",
  "7d": "7 d",
  "30d": "30 d",
  "90d": "90 d",
  all: "All",
};

const LINKS: Readonly<Record<Link, string>> = {
  connecting: "connecting",
  live: "live",
  polling: "live, every 15 s",
  lost: "no answer",
};

function ModelPicker({ known }: { readonly known: readonly Model[] }) {
  const chosen = place.value.model;
  const listed = known.some((candidate) => candidate.name === chosen);
  return (
    <label class="picker">
      <span class="words">Model</span>
      <select value={chosen ?? ""} onChange={(event) => goToModel(event.currentTarget.value || null)}>
        {known.length > 1 ? <option value="">All {known.length} models</option> : null}
        {listed || chosen === null ? null : <option value={chosen}>{chosen}</option>}
        {known.map((candidate) => (
          <option key={candidate.name} value={candidate.name}>
            {candidate.name}
          </option>
        ))}
      </select>
    </label>
  );
}

function VersionPicker() {
  const versions = model.value?.versions ?? [];
  if (versions.length < 2) return null;
  return (
    <label class="picker">
      <span class="words">Version</span>
      <select value={place.value.version ?? ""} onChange={(event) => go({ version: event.currentTarget.value || null })}>
        <option value="">All versions</option>
        {versions.map((version) => (
          <option key={version} value={version}>
            {version}
          </option>
        ))}
      </select>
    </label>
  );
}

function SegmentPicker() {
  const segments = model.value?.segments ?? [];
  const chosen = place.value.segment;
  if (segments.length === 0 && chosen === null) return null;
  const listed = chosen === null || segments.includes(chosen);
  return (
    <label class="picker">
      <span class="words">Segment</span>
      <select value={chosen ?? ""} onChange={(event) => go({ segment: event.currentTarget.value || null, signal: null, at: null })}>
        <option value="">All traffic</option>
        {listed ? null : <option value={chosen}>{chosen}</option>}
        {segments.map((segment) => (
          <option key={segment} value={segment}>
            {segment}
          </option>
        ))}
      </select>
    </label>
  );
}

/** "2026-03-31T05:00" in local time, as the browser's own field wants it. */
function fieldValue(ms: number | null): string {
  if (ms === null) return "";
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

/** "8 Jun – now" while fixed bounds are chosen. */
function rangeWords(range: Preset | null, from: number | null, to: number | null): string {
  if (range !== null || from === null) return "From – to";
  return `${shortDay(from)} – ${to === null ? "now" : shortDay(to)}`;
}

function Absolute() {
  const details = useRef<HTMLDetailsElement>(null);
  const shown = overview.value.value;
  const { from, to, range } = place.value;
  const apply = (event: SubmitEvent & { currentTarget: HTMLFormElement }): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const read = (name: string): number | null => {
      const ms = Date.parse(String(fields.get(name)));
      return Number.isNaN(ms) ? null : ms;
    };
    go({ range: null, from: read("from"), to: read("to") });
    if (details.current !== null) details.current.open = false;
  };
  return (
    <details class="absolute" ref={details}>
      <summary class={`toggle ${range === null && from !== null ? "on" : ""}`}>{rangeWords(range, from, to)}</summary>
      <form onSubmit={apply}>
        <label>
          From
          <input type="datetime-local" name="from" required defaultValue={fieldValue(from ?? shown?.from_ms ?? null)} />
        </label>
        <label>
          To
          <input type="datetime-local" name="to" defaultValue={fieldValue(to)} />
        </label>
        <p class="quiet">Empty “to” follows the present.</p>
        <button class="primary">Show</button>
      </form>
    </details>
  );
}

function Range() {
  const { range } = place.value;
  return (
    <div class="range" role="group" aria-label="Time range">
      {PRESETS.map((preset) => (
        <button
          key={preset}
          type="button"
          class="toggle"
          aria-pressed={range === preset}
          onClick={() => go({ range: range === preset ? null : preset, from: null, to: null })}
        >
          {PRESET_NAMES[preset]}
        </button>
      ))}
      <Absolute />
    </div>
  );
}

/** How news arrive; a click holds the screen still and lets it go on. */
function Live() {
  const state = link.value;
  const seen = lastSeen.value;
  const held = paused.value;
  const read = seen === null ? "Nothing read yet" : `Last answer ${ago(seen, now.value)}`;
  return (
    <button
      type="button"
      class={`live ${held ? "held" : state}`}
      aria-pressed={held}
      aria-label={`${held ? "Paused" : LINKS[state]}: ${held ? "go on" : "pause"}`}
      title={`${read}. ${held ? "Go on" : "Pause"} (p)`}
      onClick={togglePause}
    >
      <i aria-hidden="true" />
      <span role="status">{held ? (newsWaits.value ? "paused, news waits" : "paused") : LINKS[state]}</span>
    </button>
  );
}

function Search({ of }: { readonly of: string }) {
  return (
    <input
      class="search"
      type="search"
      aria-label={of}
      placeholder="Search ( / )"
      value={place.value.search}
      onInput={(event) => refine({ search: event.currentTarget.value })}
    />
  );
}

export function TopBar() {
  const known = models.value.value ?? [];
  const chosen = place.value.model !== null && place.value.page === null;
  return (
    <header class="top-bar">
      <a
        class="brand"
        href="./"
        onClick={(event) => {
          event.preventDefault();
          goToModel(null);
        }}
      >
        <img src="./favicon.svg" alt="" width="20" height="20" />
        Seamark
      </a>
      {known.length > 0 && place.value.page === null ? <ModelPicker known={known} /> : null}
      {chosen ? <VersionPicker /> : null}
      {chosen ? <SegmentPicker /> : null}
      {chosen ? <Range /> : null}
      {chosen ? <Search of="Search the monitors" /> : null}
      {place.value.model === null && place.value.page === null && known.length > 1 ? <Search of="Search the models" /> : null}
      <span class="push" />
      <Live />
      <button type="button" class="plain" onClick={turnTheme} title={`Theme: ${theme.value} (t)`} aria-label={`Theme: ${theme.value}`}>
        {THEME_SIGNS[theme.value]}
      </button>
      <button
        type="button"
        class="plain"
        title="Keys (?)"
        onClick={() => {
          helpOpen.value = true;
        }}
      >
        ?
      </button>
    </header>
  );
}
