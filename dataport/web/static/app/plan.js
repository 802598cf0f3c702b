// The question that is being put together: what stands on which shelf, what can be added to it, and why something cannot.
import { toParams, toQuestion } from "./address.js";
import { levelOf, valuesOf } from "./filters.js";
import { t } from "./words.js";

/** @typedef {import("./types.js").Question} Question */
/** @typedef {import("./types.js").Catalog} Catalog */
/** @typedef {"rows"|"columns"|"values"|"filters"} Shelf */

/**
 * A question and how it is shown. `columns` are those of its breakdowns that go across.
 * @typedef {{question: Question, columns: string[], view: string}} Plan
 */

export const GRAINS = ["day", "week", "month", "quarter", "year"];
export const PERIOD = "period";

/** A question that says itself what goes across is shown so. @param {URLSearchParams} params @returns {Plan} */
export function readPlan(params) {
  const { across, ...question } = toQuestion(params);
  const columns = params.getAll("across_table");
  return { question, columns: across && !columns.length ? [across] : columns, view: params.get("view") ?? "" };
}

/** @param {Plan} plan */
export function writePlan({ question, columns, view }) {
  const params = toParams(question);
  for (const one of columns) params.append("across_table", one);
  if (view) params.set("view", view);
  return params;
}

/** What stands on a shelf. @param {Plan} plan @param {Shelf} shelf @returns {string[]} */
export function onShelf({ question, columns }, shelf) {
  if (shelf === "values") return question.indicators;
  if (shelf === "filters") return question.where ?? [];
  const period = question.grain ? [PERIOD] : [];
  const levels = [...(question.by ?? []), ...period];
  return shelf === "columns" ? columns.filter((one) => levels.includes(one)) : levels.filter((one) => !columns.includes(one));
}

/** The question as it is asked: rows before columns, with the totals that a table with columns needs. @param {Plan} plan @returns {Question} */
export function asked(plan) {
  const rows = onShelf(plan, "rows").filter((one) => one !== PERIOD), columns = onShelf(plan, "columns").filter((one) => one !== PERIOD);
  const { question } = plan;
  const margins = question.totals && rows.length && columns.length ? [rows, columns] : [];
  const own = (question.subtotals ?? []).filter((one) => !margins.some((other) => String(other) === String(one)));
  const over = onShelf(plan, "columns");
  // which rows a top takes depends on it; without one it is how the answer is written elsewhere
  const across = over.length === 1 && (question.top ? rows : onShelf(plan, "rows")).length ? over[0] : undefined;
  return { ...question, by: [...rows, ...columns], subtotals: [...margins, ...own], across };
}

/**
 * Put something on a shelf, at a place or at its end; a breakdown stands on one of the two only.
 * @param {Plan} plan @param {Shelf} shelf @param {string} name @param {number} [place] @returns {Plan}
 */
export function put(plan, shelf, name, place = Infinity) {
  const { question } = plan;
  const into = (/** @type {string[]} */ list) => {
    const rest = list.filter((one) => one !== name);
    rest.splice(Math.min(place, rest.length), 0, name);
    return rest;
  };
  if (shelf === "values") return { ...plan, question: { ...question, indicators: into(question.indicators) } };
  // members that are chosen anew take the place of those before; what was written by hand stays beside them
  const isReplaced = (/** @type {string} */ one) => one === name || (levelOf(one) === levelOf(name) && valuesOf(one) !== null && valuesOf(name) !== null);
  if (shelf === "filters") return { ...plan, question: { ...question, where: [...(question.where ?? []).filter((one) => !isReplaced(one)), name] } };
  if (GRAINS.includes(name)) return { ...plan, question: { ...question, grain: name, period: question.period ?? "last-12-months", as_of: undefined, compare: undefined }, columns: shelf === "columns" ? [...plan.columns.filter((one) => one !== PERIOD), PERIOD] : plan.columns.filter((one) => one !== PERIOD) };
  const columns = shelf === "columns" ? into(plan.columns) : plan.columns.filter((one) => one !== name);
  const by = name === PERIOD ? question.by : shelf === "columns" ? [...new Set([...(question.by ?? []), name])] : into(question.by ?? []);
  return { ...plan, question: { ...question, by }, columns };
}

/** Take something away. @param {Plan} plan @param {Shelf} shelf @param {string} name @returns {Plan} */
export function take(plan, shelf, name) {
  const { question } = plan;
  const without = (/** @type {string[]|undefined} */ list) => (list ?? []).filter((one) => one !== name);
  if (shelf === "values") return { ...plan, question: { ...question, indicators: without(question.indicators), order: without(question.order).filter((one) => one.split(":")[0] !== name) } };
  if (shelf === "filters") return { ...plan, question: { ...question, where: without(question.where) } };
  if (name === PERIOD) return { ...plan, question: { ...question, grain: undefined }, columns: without(plan.columns) };
  return { ...plan, question: { ...question, by: without(question.by), order: without(question.order).filter((one) => one.split(":")[0] !== name) }, columns: without(plan.columns) };
}

/**
 * Why something cannot be put on a shelf; empty where it can.
 * @param {Catalog} known @param {Plan} plan @param {Shelf} shelf @param {string} name
 */
export function whyNot(known, plan, shelf, name) {
  const label = (/** @type {string} */ one) => known.indicators.find((other) => other.name === one)?.label ?? known.breakdowns.find((other) => other.name === one)?.label ?? one;
  const indicator = known.indicators.find((one) => one.name === name);
  if (indicator && shelf === "values") {
    const levels = (plan.question.by ?? []).find((one) => !indicator.breakdowns.includes(one));
    if (levels) return t("why_not.broken_down", { indicator: indicator.label, level: label(levels) });
    const filter = (plan.question.where ?? []).map(levelOf).find((one) => known.breakdowns.some((other) => other.name === one) && ![...indicator.breakdowns, ...indicator.filters_only].includes(one));
    return filter ? t("why_not.filtered", { indicator: indicator.label, level: label(filter) }) : "";
  }
  if (indicator) return shelf === "filters" ? (plan.question.indicators.includes(name) ? "" : t("why_not.ask_first", { indicator: indicator.label })) : t("why_not.value");
  if (shelf === "values") return t("why_not.level");
  if (shelf === "filters" && GRAINS.includes(name)) return t("why_not.period");
  const chosen = known.indicators.filter((one) => plan.question.indicators.includes(one.name));
  const hindered = chosen.find((one) => !one.breakdowns.includes(name) && !(shelf === "filters" && one.filters_only.includes(name)));
  if (!hindered) return "";
  return [t(shelf === "filters" ? "why_not.filtered" : "why_not.broken_down", { indicator: hindered.label, level: label(name) }), hindered.other_breakdowns].filter(Boolean).join(" ");
}
