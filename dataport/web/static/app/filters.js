// Filters as they are typed, and how they read: `country_of_asylum = 'KEN'`. A filter is a text in the service's own
// language; what is chosen by hand is written in it, and what is written in it by hand is kept as it is.
import { signal } from "../vendor/preact.js";
import { values as membersOf } from "./api.js";
import { t } from "./words.js";

/** @typedef {import("./types.js").Value} Value */

/** The names of members that answers have told: level to code to name. @type {Record<string, Record<string, string>>} */
const names = {};

/** @param {Record<string, Record<string, string>>} members */
export function remember(members) {
  for (const [level, known] of Object.entries(members)) Object.assign((names[level] ??= {}), known);
}

/** Grows when names have come that somebody waits for. */
const named = signal(0);
/** Levels whose names were asked for. @type {Set<string>} */
const wanted = new Set();
// answers tell names too, and mostly do so before anybody would wait for them
const PATIENCE = 1_500;

/** The name of a member; of one that no answer has told, as in a link from somebody else, it is asked for once. @param {string} level @param {string} code */
function nameOf(level, code) {
  void named.value;
  const isNew = !(code in (names[level] ?? {})) && !wanted.has(level);
  if (isNew) setTimeout(() => fetched(level, code), PATIENCE);
  if (isNew) wanted.add(level);
  return names[level]?.[code] ?? code;
}

/** @param {string} level @param {string} code */
async function fetched(level, code) {
  const found = code in (names[level] ?? {}) ? null : await membersOf(level).catch(() => null);
  if (found) remember({ [level]: Object.fromEntries(found.values.map((/** @type {any} */ one) => [String(one.code).replace(/^unhcr:/, ""), one.label])) });
  named.value += 1;
}

/** A value as a filter takes it. A country goes with the list of its code, for some codes mean two. @param {string} level @param {Value} value */
function literal(level, value) {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const isCountry = /^country_of_/.test(level) && /^[A-Z]{3}$/.test(String(value));
  return `'${isCountry ? "unhcr:" : ""}${String(value).replaceAll("'", "''")}'`;
}

/** Exactly these members of a level. @param {string} level @param {Value[]} values */
export function only(level, values) {
  const known = values.filter((one) => one !== null);
  const parts = [];
  if (known.length === 1) parts.push(`${level} = ${literal(level, known[0])}`);
  if (known.length > 1) parts.push(`${level} in (${known.map((one) => literal(level, one)).join(", ")})`);
  if (known.length < values.length) parts.push(`${level} is unknown`);
  return parts.join(" or ");
}

/** The level that a filter begins with. @param {string} where */
export const levelOf = (where) => where.match(/^\w+/)?.[0] ?? "";

const KEYWORDS = new Set(["and", "or", "not", "in", "is", "unknown", "between", "like", "true", "false"]);

/** The names in a filter: what stands in it beside values and words of its language. @param {string} where @returns {string[]} */
export const namesIn = (where) => (where.replace(/'(?:[^']|'')*'/g, " ").match(/[A-Za-z_]\w*/g) ?? []).filter((one) => !KEYWORDS.has(one.toLowerCase()));

/** The values that a filter made by `only` has; null where it was written otherwise. @param {string} where @returns {Value[]|null} */
export function valuesOf(where) {
  const level = levelOf(where);
  const found = where.match(/^\w+ (?:= ('(?:[^']|'')*'|[\w.-]+)|in \(((?:'(?:[^']|'')*'|[^()'])*)\)|is unknown)(?: or (\w+) is unknown)?$/);
  if (!found || (found[3] && found[3] !== level)) return null;
  const written = found[1] ?? found[2] ?? "";
  const values = [...written.matchAll(/'((?:[^']|'')*)'|([\w.-]+)/g)].map((one) => one[1] === undefined ? plain(one[2]) : one[1].replaceAll("''", "'").replace(/^unhcr:/, ""));
  return /is unknown$/.test(where) ? [...values, null] : values;
}

/** @param {string} word @returns {Value} */
const plain = (word) => (word === "true" || word === "false" ? word === "true" : Number.isFinite(Number(word)) ? Number(word) : word);

/** A filter as people read it. @param {string} where @param {(level: string) => string} label */
export function described(where, label) {
  const values = valuesOf(where), level = levelOf(where);
  if (!values) return where;
  const said = values.map((one) => (one === null ? t("member.unknown") : typeof one === "boolean" ? t(one ? "member.yes" : "member.no") : typeof one === "string" ? nameOf(level, one) : String(one)));
  const shown = said.length > 3 ? `${said.slice(0, 3).join(", ")} +${said.length - 3}` : said.join(", ");
  return `${label(level)}: ${shown}`;
}
