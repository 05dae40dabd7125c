import { render } from "preact";
import { Skeleton, Trouble } from "./marks/notices.tsx";
import { Banner } from "./panels/banner.tsx";
import { EvidencePanel } from "./panels/evidence/index.tsx";
import { FirstRun } from "./panels/firstRun.tsx";
import { FleetPanel } from "./panels/fleet.tsx";
import { GridPanel } from "./panels/grid/index.tsx";
import { Help } from "./panels/help.tsx";
import { IncidentsPanel } from "./panels/incidents.tsx";
import { TokenPrompt } from "./panels/token.tsx";
import { TopBar } from "./panels/topBar.tsx";
import { listenToKeys } from "./shortcuts.ts";
import { startLive } from "./state/live.ts";
import { place } from "./state/place.ts";
import { models } from "./state/questions.ts";
import "./styles/index.css";

/** One model, seen whole. */
function Watch() {
  const evidence = place.value.signal !== null || place.value.incident !== null;
  return (
    <main class={`watch ${evidence ? "with-evidence" : ""}`}>
      <IncidentsPanel />
      <GridPanel />
      <EvidencePanel />
    </main>
  );
}

function Page() {
  const { value: known, failure } = models.value;
  if (place.value.model !== null) return <Watch />;
  if (known === null) {
    return <main class="alone">{failure === null ? <Skeleton lines={6} /> : <Trouble failure={failure} what="The models" />}</main>;
  }
  return <main class="alone">{known.length === 0 ? <FirstRun /> : <FleetPanel known={known} />}</main>;
}

function Screen() {
  return (
    <>
      <TopBar />
      <Banner />
      <Page />
      <Help />
      <TokenPrompt />
    </>
  );
}

const host = document.getElementById("screen");
if (host !== null) render(<Screen />, host);
listenToKeys();
startLive();
