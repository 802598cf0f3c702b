// An answer as a table: some of its levels go down, others across. Every cell is a row of the answer or of its totals as
// the service told it; nothing is added up here.
import { PERIOD, keyOf } from "./answer.js";
import { heading, member } from "./cells.js";
import { t } from "./words.js";

/** @typedef {import("./answer.js").Answer} Answer */
/** @typedef {import("./answer.js").Row} Row */
/** @typedef {{key: string, label: string, column: import("./types.js").Column, isTotal: boolean}} Head */
/** @typedef {{labels: string[], isTotal: boolean, cells: Map<string, Row>, members: Array<import("./types.js").Value|undefined>}} Line */
/** @typedef {{down: import("./types.js").Column[], groups: Array<{label: string, key: string, isTotal: boolean}>, heads: Head[], lines: Line[], hasGaps: boolean}} Table */

/** @param {Answer} answer @param {string[]} across names of levels @returns {Table} */
export function pivot(answer, across) {
  const over = answer.levels.filter((one) => across.includes(one.name));
  const down = answer.levels.filter((one) => !across.includes(one.name));
  /** @type {Map<string, Line>} */
  const lines = new Map();
  /** @type {Map<string, {label: string, key: string, isTotal: boolean, sort: string}>} */
  const groups = new Map();
  for (const row of [...answer.rows, ...answer.totals]) {
    const downKey = keyAt(answer, row, down), overKey = keyAt(answer, row, over);
    if (!groups.has(overKey)) groups.set(overKey, { key: overKey, label: over.map((one) => said(answer, row, one)).join(" · "), isTotal: over.some((one) => !row.kept.includes(one.name)), sort: over[0]?.name === PERIOD ? String(row.values[answer.at(PERIOD)]) : "" });
    const line = lines.get(downKey) ?? { labels: down.map((one) => said(answer, row, one)), isTotal: down.some((one) => !row.kept.includes(one.name)), cells: new Map(), members: down.map((one) => (row.kept.includes(one.name) ? row.values[answer.at(one.name)] : undefined)) };
    line.cells.set(overKey, row);
    lines.set(downKey, line);
  }
  const sorted = [...groups.values()].sort((a, b) => Number(a.isTotal) - Number(b.isTotal) || (a.sort < b.sort ? -1 : a.sort > b.sort ? 1 : 0));
  const heads = sorted.flatMap((group) => answer.numbers.map((column) => ({ key: group.key, label: heading(column), column, isTotal: group.isTotal })));
  const ordered = [...lines.values()].sort((a, b) => Number(a.isTotal) - Number(b.isTotal));
  const hasGaps = over.length > 0 && ordered.some((line) => line.cells.size < sorted.length);
  return { down, groups: over.length ? sorted : [], heads, lines: ordered, hasGaps };
}

/** @param {Answer} answer @param {Row} row @param {import("./types.js").Column[]} levels */
const keyAt = (answer, row, levels) => levels.map((one) => (row.kept.includes(one.name) ? keyOf(row.values[answer.at(one.name)]) : "*")).join("|");

/** @param {Answer} answer @param {Row} row @param {import("./types.js").Column} level */
const said = (answer, row, level) => (row.kept.includes(level.name) ? member(row.values[answer.at(level.name)] ?? null, level, answer) : t("table.total"));
