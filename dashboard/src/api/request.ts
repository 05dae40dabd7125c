/** Typed requests of the screen: bearer token, abort, and errors that keep the server's own sentence. */

export type FailureKind = "unreachable" | "unauthorized" | "not_found" | "refused" | "broken";

/** Why a question got no answer. `message` is the problem's `detail` where the server gave one. */
export class Failure extends Error {
  readonly kind: FailureKind;
  readonly status: number;
  readonly title: string;

  constructor(kind: FailureKind, status: number, title: string, message: string) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.title = title;
  }
}

const TOKEN_KEY = "seamark.token";

export function storedToken(): string | null {
  return sessionStorage.getItem(TOKEN_KEY);
}

export function storeToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token);
}

export type Query = Readonly<Record<string, string | null | undefined>>;

export function address(path: string, query: Query = {}): string {
  const url = new URL(path, document.baseURI);
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(key, value);
  }
  return url.href;
}

export function headers(accept: string): Record<string, string> {
  const token = storedToken();
  return token === null ? { Accept: accept } : { Accept: accept, Authorization: `Bearer ${token}` };
}

/** True while there is no answer to show for reasons the whole page speaks of: no server, no token. */
export function isAway(failure: Failure): boolean {
  return failure.kind === "unreachable" || failure.kind === "unauthorized";
}

function kindOf(status: number, ownWords: boolean): FailureKind {
  if (status === 401 || status === 403) return "unauthorized";
  if (status === 404) return "not_found";
  // What a proxy answers while the server behind it restarts; the server itself would say more.
  if (!ownWords && (status === 502 || status === 503 || status === 504)) return "unreachable";
  return status < 500 ? "refused" : "broken";
}

interface Problem {
  readonly title?: unknown;
  readonly detail?: unknown;
}

/** The failure an unsuccessful response stands for, read from problem+json where it is that. */
export async function failureOf(response: Response): Promise<Failure> {
  const ownWords = (response.headers.get("content-type") ?? "").includes("json");
  const kind = kindOf(response.status, ownWords);
  let problem: Problem = {};
  if (ownWords) {
    problem = await response.json().then((body: unknown) => (body ?? {}) as Problem, () => ({}));
  }
  const title = typeof problem.title === "string" ? problem.title : `HTTP ${response.status}`;
  const detail = typeof problem.detail === "string" ? problem.detail : `The server answered ${response.status}.`;
  return new Failure(kind, response.status, title, detail);
}

export function unreachable(): Failure {
  return new Failure("unreachable", 0, "No answer", "The server does not answer.");
}

async function send<T>(to: string, init: RequestInit, signal: AbortSignal | null): Promise<T> {
  let response: Response;
  try {
    response = await fetch(to, { ...init, signal });
  } catch (error) {
    throw signal?.aborted ? error : unreachable();
  }
  if (!response.ok) throw await failureOf(response);
  try {
    return (await response.json()) as T;
  } catch (error) {
    throw signal?.aborted ? error : unreachable();
  }
}

export function get<T>(path: string, query: Query, signal: AbortSignal): Promise<T> {
  return send<T>(address(path, query), { headers: headers("application/json") }, signal);
}

/** Says something to the server. The same `key` again, after an answer was lost, counts once. */
export function post<T>(path: string, body: unknown, key: string): Promise<T> {
  const said = { ...headers("application/json"), "Content-Type": "application/json", "Idempotency-Key": key };
  return send<T>(address(path), { method: "POST", headers: said, body: JSON.stringify(body) }, null);
}
