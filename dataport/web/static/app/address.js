// The address holds the whole state of a page, so that back works and a link tells everything. It stands behind the `#`,
// which no browser sends to any server; and it never carries rights: who opens a link asks as themselves.
import { signal } from "../vendor/preact.js";

/** @typedef {{page: string, name: string, params: URLSearchParams}} Route */

/** @param {string} hash @returns {Route} */
function read(hash) {
  const [path, query] = hash.replace(/^#\/?/, "").split("?", 2);
  const [page, ...name] = path.split("/").map(decoded);
  return { page: page || "look", name: name.join("/"), params: new URLSearchParams(query ?? "") };
}

/** A part of an address; one that was cut off in a letter stays as it is. @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Where we are. */
export const route = signal(read(location.hash));
window.addEventListener("hashchange", () => {
  route.value = read(location.hash);
});

/** The address of a page. @param {string} page @param {string} [name] @param {URLSearchParams} [params] */
export function to(page, name = "", params = new URLSearchParams()) {
  const path = name ? `${page}/${encodeURIComponent(name)}` : page;
  const said = String(params);
  return `#/${path}${said ? `?${said}` : ""}`;
}

/** Go there: a step that back takes back. @param {string} address */
export function go(address) {
  if (location.hash !== address) location.hash = address;
}

/** Be there without a step: for what is corrected rather than chosen. @param {string} address */
export function settle(address) {
  history.replaceState(null, "", address);
  route.value = read(location.hash);
}

const LISTS = /** @type {const} */ (["indicators", "by", "where", "order"]);
const TEXTS = /** @type {const} */ (["as_of", "period", "grain", "compare", "geography", "across"]);

/** A question as words of an address; the same words as those of the service. @param {import("./types.js").Question} question */
export function toParams(question) {
  const params = new URLSearchParams();
  for (const name of LISTS) for (const one of question[name] ?? []) params.append(name, one);
  for (const name of TEXTS) if (question[name]) params.set(name, /** @type {string} */ (question[name]));
  if (question.top) params.set("top", String(question.top));
  if (question.other) params.set("other", "yes");
  if (question.totals) params.set("totals", "yes");
  for (const one of question.subtotals ?? []) params.append("subtotal", one.join(",") || "none");
  return params;
}

/** The question of an address. @param {URLSearchParams} params @returns {import("./types.js").Question} */
export function toQuestion(params) {
  /** @type {any} */
  const question = { indicators: [] };
  for (const name of LISTS) if (params.has(name)) question[name] = params.getAll(name);
  for (const name of TEXTS) if (params.get(name)) question[name] = params.get(name);
  if (Number(params.get("top"))) question.top = Number(params.get("top"));
  if (params.get("other")) question.other = true;
  if (params.get("totals")) question.totals = true;
  const subtotals = params.getAll("subtotal").map((one) => (one === "none" ? [] : one.split(",")));
  if (subtotals.length) question.subtotals = subtotals;
  return question;
}
