import type { Quality } from "../../api/quality.ts";
import { Copyable } from "../../marks/copyable.tsx";

/** How to send what came true, to this server and for this model. */
function recipes(model: string): { readonly python: string; readonly shell: string } {
  const server = new URL(".", document.baseURI).href.replace(/\/$/, "");
  return {
    python: [
      "import seamark",
      "",
      `with seamark.Client("${server}", model="${model}", version="1") as client:`,
      '    client.outcome("p1", label=0)',
    ].join("\n"),
    shell: [
      `curl ${server}/v1/outcomes -H 'Content-Type: application/json' -d '{`,
      `  "model": "${model}",`,
      `  "outcomes": [{"id": "p1", "time": "'$(date -u +%FT%TZ)'", "values": {"label": 0}}]`,
      `}'`,
    ].join("\n"),
  };
}

/** Nothing can be said yet: why, and how to send what came true. */
export function NoOutcomes({ shown }: { readonly shown: Quality }) {
  const { python, shell } = recipes(shown.model);
  return (
    <div class="no-outcomes">
      <p>{shown.why}</p>
      <p class="quiet">
        Send what came true under the id of its prediction, whenever it is known; this page turns into the model's quality.
      </p>
      <Copyable language="Python" code={python} />
      <Copyable language="Shell" code={shell} />
    </div>
  );
}
