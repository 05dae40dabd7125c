import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Overview } from "../../api/overview.ts";
import { Blank, isAwaited, Skeleton, Trouble } from "../../marks/notices.tsx";
import { openSignal, soon } from "../../state/journey.ts";
import { place, refine } from "../../state/place.ts";
import { overview } from "../../state/questions.ts";
import { sight, useSight } from "../../state/visible.ts";
import { beginDrag, stretch } from "./drag.ts";
import { Headline } from "./headline.tsx";
import { Rules, TimeAxis } from "./header.tsx";
import { isCell, pressed, startSpot } from "./keys.ts";
import { cursor, focused, hovered, layout, nameSpace, rows, screenHeight, stripHeight, timelineWidth, tops, type Spot } from "./layout.ts";
import { Legend } from "./legend.tsx";
import { LayerHeading, MonitorLine } from "./row.tsx";
import { cellFacts } from "./spot.ts";
import { Pointer } from "./tooltip.tsx";


const NARROW_PX = 620;
/** Part of the panel that names may take, and the least and most pixels of it. */
const NAME_SHARE = 0.36;
const NAME_PX = [276, 350] as const;

/** Width of the names beside the windows; on a phone they stand above. */
function nameWidth(total: number): number {
  if (total < NARROW_PX) return 0;
  return Math.round(Math.min(Math.max(NAME_SHARE * total, NAME_PX[0]), NAME_PX[1]));
}

interface Under {
  readonly row: number;
  readonly monitor: string;
  /** null = over the name. */
  readonly spot: Spot | null;
}

/** What is under the mouse. */
function under(event: MouseEvent, left: number): Under | null {
  const element = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-position]") : null;
  if (element === null) return null;
  const row = Number(element.dataset["position"]);
  const monitor = element.dataset["monitor"] ?? "";
  const x = event.clientX - element.getBoundingClientRect().left - left;
  const inStrip = event.target instanceof Element && event.target.closest(".windows") !== null;
  const count = layout.peek()?.count ?? 0;
  const column = Math.min(Math.floor(x / (layout.peek()?.width ?? 1)), count - 1);
  return { row, monitor, spot: inStrip && x >= 0 && count > 0 ? { row, column } : null };
}

function click(event: MouseEvent, left: number): void {
  const found = under(event, left);
  if (found === null) return;
  if (found.spot === null) {
    soon(() => openSignal(found.monitor));
    return;
  }
  const start = cellFacts(found.spot)?.start ?? null;
  cursor.value = found.spot;
  soon(() => openSignal(found.monitor, start));
}

function hover(event: MouseEvent, left: number): void {
  const spot = stretch.peek() === null ? (under(event, left)?.spot ?? null) : null;
  const before = hovered.peek();
  if (spot?.row !== before?.row || spot?.column !== before?.column) hovered.value = spot;
}

function Rows({ shown }: { readonly shown: Overview }) {
  const { from, to } = sight.value;
  const edges = tops.value;
  return (
    <>
      {rows.value.map((row, position) => {
        const top = edges[position] ?? 0;
        if ((edges[position + 1] ?? 0) < from || top > to) return null;
        return row.type === "layer" ? (
          <LayerHeading key={row.layer} row={row} top={top} position={position} />
        ) : (
          <MonitorLine key={shown.signals.monitor[row.index]} row={row} top={top} position={position} shown={shown} />
        );
      })}
    </>
  );
}

/** The time being drawn over, across all rows. */
function Stretch({ left }: { readonly left: number }) {
  const now = stretch.value;
  if (now === null) return null;
  const x = left + Math.min(now.from, now.to);
  return <div class="stretch" style={{ transform: `translateX(${x}px)`, width: `${Math.abs(now.to - now.from)}px` }} />;
}

function Grid({ shown, left }: { readonly shown: Overview; readonly left: number }) {
  const host = useRef<HTMLDivElement>(null);
  useSight(host);
  const spot = cursor.value;
  const active = focused.value && spot !== null && isCell(spot) ? `cell-${spot.row}-${spot.column}` : undefined;
  useEffect(() => {
    if (spot === null || !focused.peek()) return;
    host.current?.querySelector(`[data-position="${spot.row}"]`)?.scrollIntoView({ block: "nearest" });
  }, [spot?.row]);
  return (
    <div
      class="grid"
      role="grid"
      tabIndex={0}
      aria-label="Monitors over time"
      aria-rowcount={rows.value.length}
      aria-readonly="true"
      {...(active ? { "aria-activedescendant": active } : {})}
      ref={host}
      style={{ height: `${tops.value.at(-1) ?? 0}px`, "--strip": `${stripHeight.value}px` }}
      onFocus={() => {
        cursor.value ??= startSpot();
        focused.value = true;
      }}
      onBlur={() => {
        focused.value = false;
      }}
      onKeyDown={(event) => {
        if (event.target === event.currentTarget && pressed(event.key)) event.preventDefault();
      }}
      onClick={(event) => click(event, left)}
      onPointerDown={(event) => beginDrag(event, event.currentTarget.getBoundingClientRect().left + left)}
      onPointerMove={(event) => hover(event, left)}
      onPointerLeave={() => {
        hovered.value = null;
      }}
    >
      <Rows shown={shown} />
      <div class="rules-place" style={{ left: `${left}px` }}>
        <Rules />
      </div>
      <Stretch left={left} />
      <Pointer left={left} />
    </div>
  );
}

function NoRows({ shown }: { readonly shown: Overview }) {
  if (place.value.search !== "" && shown.signals.name.length > 0) {
    return (
      <Blank title={`No monitor matches “${place.value.search}”`}>
        <button type="button" class="plain" onClick={() => refine({ search: "" })}>
          Show all {shown.signals.name.length}
        </button>
      </Blank>
    );
  }
  return (
    <Blank title="Nothing has been evaluated yet">
      <p>
        {shown.model.rows.toLocaleString("en-GB")} predictions are stored. Monitors appear once a baseline exists and a
        first window has closed.
      </p>
    </Blank>
  );
}

/** The heat grid: every monitor of the model over time, the worst window of each column shown. */
export function GridPanel() {
  const host = useRef<HTMLElement>(null);
  const { value: shown, failure, loading } = overview.value;
  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const measure = (): void => {
      const total = element.clientWidth - 2 * parseFloat(getComputedStyle(element).getPropertyValue("--pad"));
      const left = nameWidth(total);
      screenHeight.value = window.innerHeight;
      element.style.setProperty("--name-width", `${left}px`);
      nameSpace.value = left;
      timelineWidth.value = Math.max(80, total - left);
    };
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return (
    <section class={`grid-panel ${loading ? "loading" : ""}`} ref={host} aria-label="Monitors" aria-busy={loading}>
      {shown === null && failure !== null ? <Trouble failure={failure} what="The overview" /> : null}
      {isAwaited(shown, failure) ? <Skeleton lines={12} /> : null}
      {shown === null ? null : (
        <>
          {failure === null ? null : <Trouble failure={failure} what="Newer windows" />}
          <Headline shown={shown} />
          {rows.value.length === 0 ? (
            <NoRows shown={shown} />
          ) : (
            <>
              <TimeAxis />
              <Grid shown={shown} left={nameSpace.value} />
              <Legend />
            </>
          )}
        </>
      )}
    </section>
  );
}
