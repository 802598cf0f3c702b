// An answer of the service, made ready for tables and charts: its parts, what is said of cells, and members by name. No
// number is worked out here: totals and shares come from the service, or are not shown.

/** @typedef {import("./types.js").Column} Column */
/** @typedef {import("./types.js").Value} Value */

/**
 * One row of an answer or of its totals.
 * @typedef {object} Row
 * @property {Value[]} values in the order of the columns
 * @property {Record<string, import("./types.js").StatusCode>} codes by the name of the column
 * @property {ReadonlyArray<string>} kept the levels that it has members of; the others are added up
 */

/**
 * @typedef {object} Answer
 * @property {Column[]} columns
 * @property {Column[]} levels
 * @property {Column[]} numbers
 * @property {Row[]} rows
 * @property {Row[]} totals the finest first, that of everything last
 * @property {Record<string, Record<string, string>>} members
 * @property {import("./types.js").Meta} meta
 * @property {(name: string) => number} at the place of a column in a row
 */

export const PERIOD = "period";
export const OTHER = "(other)";

/** @param {import("./types.js").Told} told @returns {Answer} */
export function readAnswer(told) {
  const places = new Map(told.columns.map((one, place) => [one.name, place]));
  const levels = told.columns.filter((one) => one.role === "level");
  const all = levels.map((one) => one.name);
  // every total keeps the period, because periods are not added up
  const totals = [...told.totals].reverse().flatMap((one) => rowsOf(one.rows, one.status, [...one.levels, PERIOD]));
  return {
    columns: told.columns,
    levels,
    numbers: told.columns.filter((one) => one.role !== "level"),
    rows: rowsOf(told.rows, told.status, all),
    totals,
    members: told.members ?? {},
    meta: told.meta,
    at: (name) => places.get(name) ?? -1,
  };
}

/** @param {Value[][]} rows @param {import("./types.js").CellStatus[]} status @param {string[]} kept @returns {Row[]} */
function rowsOf(rows, status, kept) {
  const made = rows.map((values) => ({ values, codes: /** @type {Row["codes"]} */ ({}), kept }));
  for (const one of status) made[one.row].codes[one.column] = one.code;
  return made;
}

/** A member as one text by which it can be found; unknown is a member like any other. @param {Value} value */
export const keyOf = (value) => (value === null ? "?" : `=${value}`);

/** Members of a level in the order in which the answer has them. @param {Answer} answer @param {string} level @returns {Value[]} */
export function membersOf(answer, level) {
  const place = answer.at(level);
  const found = new Map(answer.rows.map((row) => [keyOf(row.values[place]), row.values[place]]));
  const values = [...found.values()];
  // an ordered list keeps its order, which the names of members have; unknown comes last, others before it
  const listed = Object.keys(answer.members[level] ?? {});
  if (!listed.length) return level === PERIOD ? values.sort() : values;
  return values;
}

/** What is asked is a trend: the grain of its periods, in English and small letters. @param {Answer} answer */
export const grainOf = (answer) => answer.levels.find((one) => one.name === PERIOD)?.label.toLowerCase();
