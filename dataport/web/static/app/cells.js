// How the cells of an answer read. What is not a number never looks like one, nor like nothing: a number that may not be
// shown, one that nobody knows, and one from before history each have a mark of their own, and the mark has words. A number
// that is not for onward release, or of an earlier month, has its mark behind it.
import { OTHER, PERIOD, grainOf } from "./answer.js";
import { number, period, t } from "./words.js";

/** @typedef {import("./types.js").Column} Column */
/** @typedef {import("./types.js").StatusCode} StatusCode */
/** @typedef {{text: string, kind: string, said: string}} Cell `said` is what the mark means; empty for a plain number */

/** @type {Record<StatusCode, string>} */
const MARKS = { withheld: ":", not_permitted: ":", outside_history: "–", not_for_release: "*", kept: "†" };

/** How a column's numbers read. @param {Column} column @returns {"percent"|"points"|"plain"} */
export function scaleOf(column) {
  if (column.unit === "share") return "percent";
  return column.unit === "percentage points" ? "points" : "plain";
}

/**
 * A cell of an answer.
 * @param {import("./types.js").Value} value
 * @param {Column} column
 * @param {StatusCode|undefined} code
 * @returns {Cell}
 */
export function cell(value, column, code) {
  if (value === null || value === undefined) {
    if (!code) return { text: t("cell.unknown"), kind: "unknown", said: t("mark.unknown") };
    return { text: MARKS[code], kind: code, said: t(`mark.${code}`) };
  }
  const text = plain(Number(value), column);
  if (code === "not_for_release" || code === "kept") return { text: text + MARKS[code], kind: code, said: t(`mark.${code}`) };
  return { text, kind: "number", said: "" };
}

/**
 * A cell for which the answer has no row. For exact answers nothing was counted there; of protected ones nobody may
 * learn from a gap, so it reads as what is not shown.
 * @param {import("./answer.js").Answer} answer
 * @returns {Cell}
 */
export function noRow(answer) {
  if (answer.meta.viewer_class !== "registration") return { text: MARKS.withheld, kind: "withheld", said: t("mark.withheld") };
  return { text: "·", kind: "no_row", said: t("mark.no_row") };
}

/** @param {number} value @param {Column} column */
export function plain(value, column) {
  const sign = column.role === "movement" ? /** @type {const} */ ("exceptZero") : /** @type {const} */ ("auto");
  switch (scaleOf(column)) {
    case "percent":
      return number(Math.abs(value) < 0.0005 ? 0 : value, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: sign });
    case "points":
      return t("cell.points", { value: number(value * 100, { minimumFractionDigits: 1, maximumFractionDigits: 2, signDisplay: "exceptZero" }) });
    default:
      return number(value, column.type === "integer" ? { signDisplay: sign } : { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: sign });
  }
}

/**
 * A member of a level by its name.
 * @param {import("./types.js").Value} value
 * @param {Column} column
 * @param {import("./answer.js").Answer} answer
 */
export function member(value, column, answer) {
  if (value === null || value === undefined) return t("member.unknown");
  if (column.name === PERIOD) return period(String(value), grainOf(answer));
  if (typeof value === "boolean") return t(value ? "member.yes" : "member.no");
  if (value === OTHER && OTHER in (answer.members[column.name] ?? {})) return t("member.others");
  const label = answer.members[column.name]?.[String(value)] ?? String(value);
  return shared(answer, column.name).has(label) ? `${value} · ${label}` : label;
}

/** @type {WeakMap<object, Set<string>>} */
const known = new WeakMap();

/** The names that several members of a level have, as places of several countries do: their codes tell them apart. @param {import("./answer.js").Answer} answer @param {string} level */
function shared(answer, level) {
  const named = answer.members[level];
  if (!named) return new Set();
  let found = known.get(named);
  if (!found) {
    const once = new Set();
    found = new Set();
    for (const one of Object.values(named)) (once.has(one) ? found : once).add(one);
    known.set(named, found);
  }
  return found;
}

/** The heading of a column of numbers, with its unit where cells do not say it. @param {Column} column */
export function heading(column) {
  const isSaid = !column.unit || ["persons", "groups", "share", "percentage points"].includes(column.unit);
  return isSaid ? column.label : t("cell.in", { label: column.label, unit: String(column.unit) });
}

/** The marks that an answer has, each with what it means, once. @param {import("./answer.js").Answer} answer @param {boolean} [hasGaps] */
export function marksOf(answer, hasGaps = false) {
  const parts = [...answer.rows, ...answer.totals];
  const codes = new Set(parts.flatMap((row) => Object.values(row.codes)));
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const code of codes) found.set(MARKS[code], t(`mark.${code}`));
  const isUnknown = (/** @type {import("./answer.js").Row} */ row) => answer.numbers.some((one) => row.values[answer.at(one.name)] === null && !row.codes[one.name]);
  if (parts.some(isUnknown)) found.set(t("cell.unknown"), t("mark.unknown"));
  if (hasGaps) found.set(noRow(answer).text, noRow(answer).said);
  return [...found].map(([mark, said]) => ({ mark, said }));
}
