// What of an answer goes into a picture: categories, series, and the mark for each pair. What cannot be drawn in one
// picture is named, so that who looks at it knows that the table has more.
import { PERIOD, keyOf, membersOf } from "../answer.js";
import { cell, heading, member, noRow } from "../cells.js";
import { t } from "../words.js";

/** @typedef {import("../answer.js").Answer} Answer */
/** @typedef {import("../answer.js").Row} Row */
/** @typedef {import("../types.js").Column} Column */

/**
 * @typedef {object} Mark
 * @property {number|null} value
 * @property {import("../cells.js").Cell} cell
 * @property {Row|null} row
 * @property {Column} column
 * @property {string} label what it is of, in words
 */

/**
 * @typedef {object} Series
 * @property {Array<{value: any, label: string}>} categories
 * @property {Array<{label: string, code: any}>} series
 * @property {(category: number, series: number) => Mark} at
 * @property {Column} column that decides how numbers read
 * @property {boolean} isTrend
 * @property {string[]} notes
 */

/** @param {Answer} answer @returns {Series} */
export function seriesOf(answer) {
  const trend = answer.levels.find((one) => one.name === PERIOD);
  const levels = answer.levels.filter((one) => one !== trend);
  const along = trend ?? levels[0];
  const across = trend ? levels[0] : levels[1];
  const [columns, notes] = drawn(answer, across, along ? 8 : 40);
  if (!along) return ofNumbers(answer, columns, notes);
  if (levels.length > (trend ? 1 : 2)) notes.push(t("chart.more_levels", { levels: levels.slice(trend ? 1 : 2).map((one) => one.label).join(", ") }));
  const categories = along ? membersOf(answer, along.name).map((value) => ({ value, label: member(value, along, answer) })) : [{ value: "", label: "" }];
  const series = across
    ? membersOf(answer, across.name).map((value) => ({ label: member(value, across, answer), code: value }))
    : columns.map((one) => ({ label: one.label, code: one.name }));
  const rows = indexed(answer, along, across);
  const at = (/** @type {number} */ place, /** @type {number} */ which) => {
    const column = across ? columns[0] : columns[which];
    const row = rows.get(`${along ? keyOf(categories[place].value) : ""}|${across ? keyOf(series[which].code) : ""}`) ?? null;
    const told = row ? cell(row.values[answer.at(column.name)], column, row.codes[column.name]) : noRow(answer);
    const value = row?.values[answer.at(column.name)];
    const names = [categories[place].label, across || columns.length > 1 ? series[which].label : ""].filter(Boolean);
    return { value: typeof value === "number" ? value : null, cell: told, row, column, label: `${names.join(", ") || column.label}: ${told.text}${told.said ? ` (${told.said})` : ""}` };
  };
  return { categories, series, at, column: columns[0], isTrend: Boolean(trend), notes };
}

/** Numbers of one row beside each other: each is a category of its own, the largest first. @param {Answer} answer @param {Column[]} columns @param {string[]} notes @returns {Series} */
function ofNumbers(answer, columns, notes) {
  const row = answer.rows[0];
  const valueOf = (/** @type {Column} */ one) => Number(row?.values[answer.at(one.name)] ?? -1);
  const sorted = [...columns].sort((a, b) => valueOf(b) - valueOf(a));
  const at = (/** @type {number} */ place) => {
    const column = sorted[place], value = row?.values[answer.at(column.name)];
    const told = cell(value ?? null, column, row?.codes[column.name]);
    return { value: typeof value === "number" ? value : null, cell: told, row: row ?? null, column, label: `${column.label}: ${told.text}${told.said ? ` (${told.said})` : ""}` };
  };
  return { categories: sorted.map((one) => ({ value: one.name, label: one.label })), series: [{ label: "", code: "" }], at, column: columns[0], isTrend: false, notes };
}

/** The columns that can share an axis, and what is said of the others. @param {Answer} answer @param {Column|undefined} across @param {number} most @returns {[Column[], string[]]} */
function drawn(answer, across, most) {
  const numbers = answer.numbers.filter((one) => one.role !== "movement");
  const fits = numbers.filter((one) => one.unit === numbers[0].unit).slice(0, across ? 1 : most);
  const others = numbers.filter((one) => !fits.includes(one));
  return [fits, others.length ? [t("chart.in_table", { columns: others.map(heading).join(", ") })] : []];
}

/** @param {Answer} answer @param {Column|undefined} along @param {Column|undefined} across */
function indexed(answer, along, across) {
  /** @type {Map<string, Row>} */
  const rows = new Map();
  for (const row of answer.rows) {
    const key = `${along ? keyOf(row.values[answer.at(along.name)]) : ""}|${across ? keyOf(row.values[answer.at(across.name)]) : ""}`;
    // where there are more levels than are drawn, no mark stands for several rows
    if (!rows.has(key)) rows.set(key, row);
  }
  return rows;
}

/** Which kinds of picture fit an answer, the best first. @param {Answer} answer @returns {string[]} */
export function fitting(answer) {
  const names = answer.levels.map((one) => one.name);
  const levels = names.filter((one) => one !== PERIOD);
  if (answer.numbers[0]?.role === "start") return levels.length ? ["table"] : ["waterfall", "table"];
  if (!names.length) return answer.numbers.filter((one) => one.role === "indicator").length > 1 ? ["bars", "table"] : ["table"];
  if (levels.length > 2) return ["table"];
  if (names.includes(PERIOD)) return levels.length < 2 ? ["lines", "heat", "table"] : ["table"];
  const found = [];
  if (levels.length === 2 && sidesOf(answer)) found.push("pyramid");
  if (levels.length === 2) found.push("stacked", "share", "heat");
  if (levels.length === 1) found.push("bars");
  if (levels.length === 1 && isOfCountries(levels[0])) found.push("map");
  return [...found, "table"];
}

/** @param {string} level */
export const isOfCountries = (level) => level.startsWith("country_of_");

/** The level whose members are the two sides of a pyramid. @param {Answer} answer */
export function sidesOf(answer) {
  const side = answer.levels.find((one) => one.name.endsWith("sex"));
  const ages = answer.levels.find((one) => one.name.startsWith("age"));
  return side && ages ? { side, ages } : null;
}
