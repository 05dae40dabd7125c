import { useEffect, useRef } from "preact/hooks";
import { Later } from "../../marks/later.tsx";
import { place } from "../../state/place.ts";
import { ModelImpact } from "./impact.tsx";
import { IncidentEvidence } from "./incident.tsx";
import { QualityEvidence } from "./quality.tsx";
import { SignalEvidence } from "./signal.tsx";

function Chosen() {
  const { signal: monitor, incident, panel } = place.value;
  if (monitor !== null) return <SignalEvidence />;
  if (incident !== null) return <IncidentEvidence />;
  if (panel === "backtest") return <Later load={() => import("./backtest.tsx")} />;
  return panel === "quality" ? <QualityEvidence /> : <ModelImpact />;
}

/** The right side: the chosen signal, else the chosen incident, else what was asked of the model, else nothing. */
export function EvidencePanel() {
  const host = useRef<HTMLElement>(null);
  const { signal: monitor, incident, panel } = place.value;
  useEffect(() => {
    host.current?.scrollTo(0, 0);
  }, [monitor, incident, panel]);
  if (monitor === null && incident === null && panel === null) return null;
  return (
    <aside class="evidence-panel" ref={host} aria-label="What was chosen">
      <Chosen />
    </aside>
  );
}
