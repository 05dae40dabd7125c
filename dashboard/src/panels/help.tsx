import { Fragment } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { helpOpen } from "../state/journey.ts";

const KEYS: readonly [string, string][] = [
  ["/", "search the monitors"],
  ["g", "go to the grid"],
  ["← ↑ ↓ →", "move in the grid; Page and Home/End jump"],
  ["Enter", "open the evidence of a cell"],
  ["+ −", "zoom in on the cell, zoom out"],
  ["p", "pause and go on"],
  ["i", "open the top incident"],
  ["Esc", "close the evidence, then the incident"],
  ["t", "turn the theme: auto, light, dark"],
  ["?", "this help"],
];

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = helpOpen.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog
      class="help"
      ref={dialog}
      aria-label="Keys"
      onClose={() => {
        helpOpen.value = false;
      }}
    >
      <h2>Keys</h2>
      <dl>
        {KEYS.map(([key, meaning]) => (
          <Fragment key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </Fragment>
        ))}
      </dl>
      <p class="quiet">
        A row is a monitor, a column a window. Each column shows its worst window. Warm colours are past the threshold.
        Draw over the grid or a chart to zoom into that time; all panels follow.
      </p>
      <form method="dialog">
        <button class="plain">Close</button>
      </form>
    </dialog>
  );
}
