import { useLayoutEffect, useRef } from "preact/hooks";
import { plural, statusName } from "../../format/words.ts";
import { layout, narrow, pointed, rowHeight, stripHeight, timelineWidth, tops } from "./layout.ts";
import { cellFacts, type CellFacts } from "./spot.ts";

const GAP = 10;

function Facts({ facts }: { readonly facts: CellFacts }) {
  const silent = facts.status === null || facts.status > 2;
  return (
    <>
      <strong>{facts.name}</strong>
      <span class="quiet">{facts.when}</span>
      <span class={facts.status === 2 ? "hot-text" : ""}>
        {statusName(facts.status)}
        {facts.status === 2 ? ` · ${facts.past}` : ""}
      </span>
      {silent ? null : (
        <span>
          <b>{facts.value}</b> against {facts.limit}
        </span>
      )}
      {facts.status === null ? null : <span class="quiet">n {facts.n}</span>}
      {facts.windows > 1 ? <span class="quiet">worst of {plural(facts.windows, "window")}</span> : null}
    </>
  );
}

/** The outline around the pointed cell, and its numbers beside it. Moves without touching the rows. */
export function Pointer({ left }: { readonly left: number }) {
  const box = useRef<HTMLDivElement>(null);
  const spot = pointed.value;
  const at = layout.value;
  const facts = spot === null ? null : cellFacts(spot);
  const top = spot === null ? 0 : (tops.value[spot.row] ?? 0) + rowHeight.value - stripHeight.value - (narrow.value ? 4 : 3);
  const x = spot === null || at === null ? 0 : left + spot.column * at.width;
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || at === null) return;
    // Beside the cell, on the side where there is room, and never below the last row.
    const room = left + timelineWidth.value - x - at.width;
    const beside = room > element.offsetWidth + GAP ? x + at.width + GAP : x - element.offsetWidth - GAP;
    const lowest = Math.max((tops.value.at(-1) ?? 0) - element.offsetHeight, 0);
    element.style.transform = `translate(${Math.max(beside, 0)}px, ${Math.min(top, lowest)}px)`;
  });
  if (spot === null || at === null || facts === null) return null;
  const outline = { transform: `translate(${x}px, ${top}px)`, width: `${at.width}px`, height: `${stripHeight.value}px` };
  return (
    <>
      <div class="cell-outline" style={outline} />
      <div class="tooltip" ref={box} aria-hidden="true">
        <Facts facts={facts} />
      </div>
    </>
  );
}
