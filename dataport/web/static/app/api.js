// Everything that is asked of the service, and the only place that knows its addresses. Answers are asked by POST, so that
// no browser keeps them on its disk: what one account has seen is gone from the machine when it signs out.

const ROOT = "/api/v1";

/** What the service refused or could not do, in its own words. */
export class Problem extends Error {
  /** @param {number} status @param {{code?: string, detail?: string, title?: string, nearest?: string|null, nearest_request?: import("./types.js").Question|null}} said */
  constructor(status, said) {
    super(said.detail ?? said.title ?? "");
    this.status = status;
    this.code = said.code ?? "failed";
    // what could be asked instead, as it is typed and as words of a request
    this.nearest = said.nearest ?? null;
    this.nearestRequest = said.nearest_request ?? null;
  }
}

/** The token that goes with whatever is sent by POST; the session tells it. */
let token = "";

/**
 * @param {string} path
 * @param {{body?: unknown, signal?: AbortSignal, method?: string, accept?: string}} [more]
 */
async function send(path, more = {}) {
  const method = more.method ?? (more.body === undefined ? "GET" : "POST");
  /** @type {Record<string, string>} */
  const headers = { Accept: more.accept ?? "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = token;
  if (more.body !== undefined) headers["Content-Type"] = "application/json";
  const body = more.body === undefined ? undefined : JSON.stringify(more.body);
  const options = { method, headers, body, signal: more.signal, credentials: /** @type {const} */ ("same-origin"), cache: /** @type {const} */ ("no-store") };
  let answer;
  try {
    answer = await fetch(ROOT + path, options);
  } catch (failure) {
    if (more.signal?.aborted) throw failure;
    throw new Problem(0, { code: "offline" });
  }
  if (!answer.ok) throw new Problem(answer.status, await answer.json().catch(() => ({})));
  return answer;
}

/** @param {string} path @param {{body?: unknown, signal?: AbortSignal, method?: string}} [more] */
async function told(path, more) {
  const answer = await send(path, more);
  return answer.status === 204 ? null : answer.json();
}

/** Who is signed in, or how to sign in. @returns {Promise<import("./types.js").Session>} */
export async function session() {
  const found = await told("/session");
  token = found.csrf ?? "";
  return found;
}

/** End the session; what comes back has the browser throw away all that it kept. */
export const signOut = () => told("/sign-out", { method: "POST" });
export const status = () => told("/status");

/** What can be asked: fetched once, when somebody wants to know. @type {Promise<import("./types.js").Catalog>|null} */
let known = null;
export function catalog() {
  known ??= told("/catalog?short=true").catch((failure) => {
    known = null;
    throw failure;
  });
  return known;
}

/** One indicator or breakdown in full. @param {string} name */
export const definition = (name) => told(`/catalog/${encodeURIComponent(name)}`);

/** What kind of number an indicator is: of the catalogue where that is here, and asked for by itself otherwise, which is less to send. @param {string} name @returns {Promise<string>} */
export async function kindOf(name) {
  const list = await known?.catch(() => null);
  return list ? list.indicators.find((one) => one.name === name)?.kind ?? "" : (await definition(name)).kind ?? "";
}

/** Members of a breakdown that occur in what this account may see. @param {string} level @param {AbortSignal} [signal] */
export const values = (level, signal) => told(`/values/${encodeURIComponent(level)}`, { signal });

/**
 * @param {import("./types.js").Question} question
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./types.js").Told>}
 */
export const ask = (question, signal) => told("/query", { body: question, signal });

/** Why a number moved. @param {object} words @param {AbortSignal} [signal] */
export const change = (words, signal) => told("/change", { body: words, signal });

/** A file of an answer. @param {"query"|"change"} path @param {object} words @param {string} accept */
export const file = async (path, words, accept) => (await send(`/${path}`, { body: words, accept })).blob();

/** The records behind a number, for who says what for. @param {object} words */
export const records = (words) => told("/records", { body: words });

/** Data quality: what records lack, and which. */
export const quality = {
  /** @param {{unit?: string, as_of?: string}} words @param {AbortSignal} [signal] */
  scorecard: (words, signal) => told(`/quality/scorecard?${new URLSearchParams(words)}`, { signal }),
  /** @param {{kpi: string, purpose: string, unit?: string, where?: string[], as_of?: string, limit?: number}} words */
  records: (words) => told("/quality/records", { body: words }),
  /** What was made of records: given to somebody, excused, noted. @param {{purpose: string, mine?: boolean, kpi?: string}} words */
  work: (words) => told("/quality/work", { body: words }),
  /** @param {"assign"|"excuse"|"note"} what @param {object} words @returns {Promise<{records: number}>} */
  make: (what, words) => told(`/quality/${what}`, { body: words }),
};

/** @returns {Promise<{dashboards: import("./types.js").Dashboard[]}>} */
export const dashboards = () => told("/dashboards");

/** Dashboards that people keep: the service holds what they are and with whom they are shared, and no number. */
export const boards = {
  /** @param {object} dashboard */
  keep: (dashboard) => told("/dashboards", { body: { dashboard } }),
  /** @param {number} number @param {object} dashboard @param {number} since the version that was changed */
  change: (number, dashboard, since) => told(`/dashboards/${number}`, { method: "PUT", body: { dashboard, since } }),
  /** @param {number} number @param {{shared_with: string, name: string|null}} sharing */
  share: (number, sharing) => told(`/dashboards/${number}/sharing`, { method: "PUT", body: sharing }),
  /** @param {number} number @param {boolean} isStarred */
  star: (number, isStarred) => told(`/dashboards/${number}/star`, { method: "PUT", body: { is_starred: isStarred } }),
  /** @param {number} number */
  versions: (number) => told(`/dashboards/${number}/versions`),
  /** @param {number} number */
  remove: (number) => told(`/dashboards/${number}`, { method: "DELETE" }),
  /** A dashboard as YAML. @param {object} dashboard @returns {Promise<{text: string}>} */
  written: (dashboard) => told("/dashboards/written", { body: { dashboard } }),
  /** A dashboard from YAML. @param {string} text @returns {Promise<import("./types.js").Dashboard>} */
  read: (text) => told("/dashboards/read", { body: { text } }),
};

/** Questions that people keep under a name. */
export const kept = {
  list: () => told("/questions"),
  /** @param {object} words */
  keep: (words) => told("/questions", { body: words }),
  /** @param {number} number @param {object} words */
  change: (number, words) => told(`/questions/${number}`, { method: "PUT", body: words }),
  /** @param {number} number @param {{shared_with: string, name: string|null}} sharing */
  share: (number, sharing) => told(`/questions/${number}/sharing`, { method: "PUT", body: sharing }),
  /** @param {number} number @param {boolean} isStarred */
  star: (number, isStarred) => told(`/questions/${number}/star`, { method: "PUT", body: { is_starred: isStarred } }),
  /** @param {number} number */
  remove: (number) => told(`/questions/${number}`, { method: "DELETE" }),
};

/**
 * Many questions in one request, of one version of the data; each answer is handed over as soon as it is there.
 * @param {Array<object & {id: string}>} questions
 * @param {(id: string, answer: import("./types.js").Told|null, problem: Problem|null) => void} take
 * @param {AbortSignal} [signal]
 * @returns {Promise<string>} the version of the data
 */
export async function batch(questions, take, signal) {
  const answer = await send("/queries", { body: { questions }, signal, accept: "application/x-ndjson" });
  const reader = /** @type {ReadableStream<Uint8Array>} */ (answer.body).getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    rest += decoder.decode(value, { stream: !done });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line) handOver(JSON.parse(line), take);
    if (done) break;
  }
  if (rest) handOver(JSON.parse(rest), take);
  return answer.headers.get("Dataport-Data-Version") ?? "";
}

/** @param {{id: string, status: number, body: any}} line @param {Parameters<typeof batch>[1]} take */
function handOver(line, take) {
  if (line.status === 200) take(line.id, line.body, null);
  else take(line.id, null, new Problem(line.status, line.body));
}
