import { useEffect, useRef } from "preact/hooks";
import { place } from "../../state/place.ts";
import { IncidentEvidence } from "./incident.tsx";
import { SignalEvidence } from "./signal.tsx";

/** The right side: the chosen signal, else the chosen incident, else nothing. */
export function EvidencePanel() {
  const host = useRef<HTMLElement>(null);
  const { signal: monitor, incident } = place.value;
  useEffect(() => {
    host.current?.scrollTo(0, 0);
  }, [monitor, incident]);
  if (monitor === null && incident === null) return null;
  return (
    <aside class="evidence-panel" ref={host} aria-label="What was chosen">
      {monitor === null ? <IncidentEvidence /> : <SignalEvidence />}
    </aside>
  );
}
