import { effect } from "@preact/signals";
import { render } from "preact";
import { Later } from "./marks/later.tsx";
import { isAwaited, Skeleton, Trouble } from "./marks/notices.tsx";
import { Banner } from "./panels/banner.tsx";
import { EvidencePanel } from "./panels/evidence/index.tsx";
import { FirstRun } from "./panels/firstRun.tsx";
import { ComponentsPanel } from "./panels/components.tsx";
import { FleetPanel } from "./panels/fleet.tsx";
import { GridPanel } from "./panels/grid/index.tsx";
import { Help } from "./panels/help.tsx";
import { IncidentsPanel } from "./panels/incidents.tsx";
import { TokenPrompt } from "./panels/token.tsx";
import { TopBar } from "./panels/topBar.tsx";
import { listenToKeys } from "./shortcuts.ts";
import { startLive } from "./state/live.ts";
import { place } from "./state/place.ts";
import { model, models } from "./state/questions.ts";
import "./styles/index.css";

/** One model, seen whole. */
function Watch() {
  const { signal, incident, panel } = place.value;
  const evidence = signal !== null || incident !== null || panel !== null;
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
  if (place.value.page === "report") return <Later key="report" load={() => import("./panels/paper/report.tsx")} />;
  if (place.value.page === "digest") return <Later key="digest" load={() => import("./panels/paper/digest.tsx")} />;
  if (place.value.model !== null) return <Watch />;
  if (known === null) {
    return (
      <main class="alone">
        {isAwaited(known, failure) ? <Skeleton lines={6} /> : null}
        {failure === null ? null : <Trouble failure={failure} what="The models" />}
      </main>
    );
  }
  return (
    <main class="alone">
      {known.length === 0 ? <FirstRun /> : <FleetPanel known={known} />}
      <ComponentsPanel />
    </main>
  );
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

/** The tab says which model, and whether somebody should look. */
effect(() => {
  const chosen = model.value;
  const open = chosen === null || chosen.open_incidents === 0 ? "" : `${chosen.open_incidents} open · `;
  document.title = chosen === null ? "Seamark" : `${open}${chosen.name} · Seamark`;
});

const host = document.getElementById("screen");
if (host !== null) render(<Screen />, host);
listenToKeys();
startLive();
