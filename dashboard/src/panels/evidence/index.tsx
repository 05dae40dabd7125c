import { useEffect, useRef } from "preact/hooks";
import { place } from "../../state/place.ts";
import { ModelImpact } from "./impact.tsx";
import { IncidentEvidence } from "./incident.tsx";
import { SignalEvidence } from "./signal.tsx";

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
      {monitor !== null ? <SignalEvidence /> : incident !== null ? <IncidentEvidence /> : <ModelImpact />}
    </aside>
  );
}
