import { Copyable } from "../marks/copyable.tsx";
import { link } from "../state/connection.ts";

function server(): string {
  return new URL(".", document.baseURI).href.replace(/\/$/, "");
}

function curl(): string {
  return [
    `curl ${server()}/v1/predictions -H 'Content-Type: application/json' -d '{`,
    `  "model": "fraud", "version": "1", "predictions": [{`,
    `    "id": "p1", "time": "'$(date -u +%FT%TZ)'",`,
    `    "features": {"amount": 12.5, "country": "FR"}, "prediction": 1, "score": 0.87`,
    `  }]`,
    `}'`,
  ].join("\n");
}

function python(): string {
  return [
    "import seamark",
    "",
    `with seamark.Client("${server()}", model="fraud", version="1") as client:`,
    `    client.log(id="p1", features={"amount": 12.5, "country": "FR"}, prediction=1, score=0.87)`,
  ].join("\n");
}

/** Before the first prediction: how to send it. The screen takes over when it arrives. */
export function FirstRun() {
  return (
    <section class="first-run" aria-label="First steps">
      <h1>Send a first prediction</h1>
      <p>
        Seamark is running and has not seen a model yet. Send one prediction from anywhere; this page turns into the
        model's screen as soon as it arrives.
      </p>
      <Copyable language="Python" code={python()} />
      <Copyable language="Shell" code={curl()} />
      <p class="waiting" role="status">
        <i aria-hidden="true" />
        {link.value === "lost" ? "The server does not answer" : "Waiting for the first prediction"}
      </p>
      <p class="quiet">
        Nothing at hand? <code>seamark demo</code> replays a real credit model with a real shift in its data.
      </p>
    </section>
  );
}
