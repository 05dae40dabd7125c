import { useComputed } from "@preact/signals";
import type { Overview } from "../../api/overview.ts";
import { HeatStrip } from "../../charts/heatStrip.tsx";
import { Sparkline } from "../../charts/sparkline.tsx";
import { inUnit, unitName } from "../../format/number.ts";
import { LAYER_NAMES, plural, shortStatistic, statistic } from "../../format/words.ts";
import { StateDot } from "../../marks/chips.tsx";
import { toggleLayer } from "../../state/journey.ts";
import { place } from "../../state/place.ts";
import { stateOf, type LayerRow, type MonitorRow } from "../../state/rows.ts";
import { chosenWindows, cursor, focused, layout, LAYER_HEIGHT, nameSpace, narrow, rowHeight, stripHeight } from "./layout.ts";
import { cellFacts, cellSentence, rowSentence } from "./spot.ts";

const SPARK = { width: 44, height: 16 };
const SMALL_SPARK = { width: 34, height: 16 };
const SMALL_PX = 300;

interface Placed {
  readonly top: number;
  readonly position: number;
}

export function LayerHeading({ row, top, position }: Placed & { readonly row: LayerRow }) {
  const style = { transform: `translateY(${top}px)`, height: `${LAYER_HEIGHT}px` };
  return (
    <div class="layer-row" role="row" aria-rowindex={position + 1} style={style}>
      <div role="rowheader">
        <button
          type="button"
          class="fold"
          aria-expanded={!row.folded}
          onClick={() => toggleLayer(row.layer)}
          title={row.folded ? "Unfold this layer" : "Fold this layer"}
        >
          <i class="caret" aria-hidden="true" />
          {LAYER_NAMES[row.layer]}
          {row.firing > 0 ? <b class="hot-text">{row.firing} firing</b> : null}
          <span class="quiet">{plural(row.monitors, "monitor")}</span>
        </button>
      </div>
    </div>
  );
}

function Name({ shown, index }: { readonly shown: Overview; readonly index: number }) {
  const { signals, cells } = shown;
  const unit = signals.unit[index] ?? "";
  const name = signals.statistic[index] ?? "";
  const small = !narrow.value && nameSpace.value < SMALL_PX;
  const numbers = `${inUnit(signals.latest[index], unit)} ${unitName(unit)}, threshold ${inUnit(signals.threshold[index], unit)}`;
  const title = `${signals.label[index]}: ${statistic(name)}; latest window ${numbers}`;
  return (
    <div class="row-name" role="rowheader" title={title}>
      <StateDot state={stateOf(shown, index)} />
      <span class="label">{signals.label[index]}</span>
      <span class="statistic">{shortStatistic(name)}</span>
      <Sparkline values={cells.value.at(index) ?? []} threshold={signals.threshold[index] ?? null} {...(small ? SMALL_SPARK : SPARK)} />
      <span class="latest">
        <b>{inUnit(signals.latest[index], unit)}</b>
        <span class="limit">/ {inUnit(signals.threshold[index], unit)}</span>
      </span>
    </div>
  );
}

/** The windows of a monitor. The cell under the keyboard's cursor is the one screen readers hear. */
function Windows({ shown, index, position }: { readonly shown: Overview; readonly index: number; readonly position: number }) {
  const here = useComputed(() => {
    const spot = cursor.value;
    return focused.value && spot !== null && spot.row === position ? spot : null;
  }).value;
  const facts = here === null ? null : cellFacts(here);
  const id = here === null ? undefined : `cell-${position}-${here.column}`;
  const label = facts === null ? rowSentence(index) : cellSentence(facts);
  return (
    <div class="windows" role="gridcell" {...(id ? { id } : {})} aria-label={label}>
      <HeatStrip
        status={shown.cells.status.at(index) ?? []}
        exceedance={shown.cells.exceedance.at(index) ?? []}
        chosen={chosenWindows(index)}
        columnWidth={layout.value?.width ?? 0}
        height={stripHeight.value}
        provisional={shown.signals.provisional?.[index] === true}
      />
    </div>
  );
}

export function MonitorLine({ row, top, position, shown }: Placed & { readonly row: MonitorRow; readonly shown: Overview }) {
  const monitor = shown.signals.monitor[row.index] ?? "";
  const chosen = place.value.signal === monitor;
  const state = shown.signals.state[row.index] ?? "";
  const style = { transform: `translateY(${top}px)`, height: `${rowHeight.value}px` };
  const classes = ["monitor-row", state, row.dimmed ? "dimmed" : "", chosen ? "chosen" : "", narrow.value ? "tall" : ""];
  return (
    <div
      class={classes.filter(Boolean).join(" ")}
      role="row"
      aria-rowindex={position + 1}
      aria-selected={chosen}
      data-position={position}
      data-monitor={monitor}
      style={style}
    >
      <Name shown={shown} index={row.index} />
      <Windows shown={shown} index={row.index} position={position} />
    </div>
  );
}
