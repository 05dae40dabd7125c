import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

/** Which folder may import which, besides itself. Panels never import panels: `main.tsx` puts them together. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  api: [],
  format: ["api"],
  charts: ["api", "format"],
  state: ["api"],
  marks: ["api", "format", "state"],
  panels: ["api", "format", "charts", "state", "marks"],
};

const SOURCE = join(import.meta.dirname, "..", "src");
const files = globSync("**/*.{ts,tsx}", { cwd: SOURCE });

/** "panels/grid" for the parts of a panel of several files, "panels/fleet.tsx" for one of a single file. */
function panelOf(file: string): string {
  return file.split("/").slice(0, 2).join("/");
}

test("nothing is imported upwards or sideways", () => {
  assert.ok(files.length > 40);
  const wrong: string[] = [];
  for (const file of files) {
    const room = file.split("/")[0] ?? "";
    const allowed = FLOORS[room];
    if (allowed === undefined) continue;
    const text = readFileSync(join(SOURCE, file), "utf8");
    for (const [, target] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
      const path = normalize(join(dirname(file), target ?? ""));
      const other = path.split("/")[0] ?? "";
      const sideways = room === "panels" && other === "panels" && panelOf(file) !== panelOf(path);
      if ((other !== room && !allowed.includes(other)) || sideways) wrong.push(`${file} imports ${path}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("every file can be read in one sitting", () => {
  const long = files.filter((file) => readFileSync(join(SOURCE, file), "utf8").split("\n").length > 260);
  assert.deepEqual(long, []);
});
