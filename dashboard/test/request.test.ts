import assert from "node:assert/strict";
import { test } from "node:test";
import { failureOf } from "../src/api/request.ts";

function problem(status: number, body: unknown, type = "application/problem+json"): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": type } });
}

test("a problem keeps the server's own sentence", async () => {
  const failure = await failureOf(problem(404, { title: "Not Found", detail: "There is no model 'x'." }));
  assert.equal(failure.message, "There is no model 'x'.");
  assert.deepEqual([failure.kind, failure.status, failure.title], ["not_found", 404, "Not Found"]);
});

test("an answer without a sentence still says its status", async () => {
  const failure = await failureOf(new Response("<h1>oops</h1>", { status: 500 }));
  assert.equal(failure.kind, "broken");
  assert.match(failure.message, /500/);
  const broken = await failureOf(problem(400, "no object"));
  assert.equal(broken.kind, "refused");
});

test("what a proxy answers while the server restarts counts as no answer", async () => {
  for (const status of [502, 503, 504]) {
    assert.equal((await failureOf(problem(status, "Bad Gateway", "text/html"))).kind, "unreachable");
  }
  assert.equal((await failureOf(problem(503, { detail: "100 streams are open already." }))).kind, "broken");
});

test("a missing or refused token is its own kind", async () => {
  for (const status of [401, 403]) assert.equal((await failureOf(problem(status, {}))).kind, "unauthorized");
});
