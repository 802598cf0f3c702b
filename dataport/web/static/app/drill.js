// Where a cell or a mark leads: filter by it, break it down, a finer place or period, why it changed, the records behind it
// for who may open them, and what it is.
import { go, to, toParams } from "./address.js";
import { OTHER, PERIOD, grainOf } from "./answer.js";
import { catalog, kindOf } from "./api.js";
import { cell, member } from "./cells.js";
import { namesIn, only, valuesOf } from "./filters.js";
import { openMenu } from "./menu.js";
import { me } from "./shell.js";
import { t } from "./words.js";

/** @typedef {import("./types.js").Question} Question */
/** @typedef {{answer: import("./answer.js").Answer, row: import("./answer.js").Row, column: import("./types.js").Column, question: Question, onPick?: (where: string, said: string) => void}} Place */

const FINER_PERIOD = /** @type {Record<string, string>} */ ({ year: "quarter", quarter: "month", month: "week", week: "day" });

/** The indicator of a column, which may be its number before or its change. @param {string} name @param {string[]} indicators */
export const indicatorOf = (name, indicators) => indicators.find((one) => name === one) ?? indicators.find((one) => name === `${one}_before` || name === `${one}_change`) ?? indicators[0];

/** @param {Element} target @param {Place} place */
export async function openDrill(target, place) {
  const { answer, row, column, question } = place;
  const told = cell(row.values[answer.at(column.name)] ?? null, column, row.codes[column.name]);
  const members = answer.levels.filter((one) => row.kept.includes(one.name)).map((one) => ({ level: one, value: row.values[answer.at(one.name)], said: member(row.values[answer.at(one.name)], one, answer) }));
  const title = [...members.map((one) => one.said), `${column.label} ${told.text}`].join(" · ");
  const indicator = indicatorOf(column.name, question.indicators);
  const kind = await kindOf(indicator).catch(() => "");
  const named = members.filter((one) => one.level.name !== PERIOD && one.value !== OTHER);
  const bare = onRows(question);
  const within = [...(bare ?? []).filter((one) => !valuesOf(one) || !named.some((other) => one.startsWith(`${other.level.name} `))), ...named.map((one) => only(one.level.name, [one.value ?? null]))];
  const isTrend = trendOf(answer), days = daysOf(place, kind);
  // what leads on is about the number that was clicked, or is not offered, and says why
  const whole = !kind ? t("problem.offline") : members.some((one) => one.value === OTHER) ? t("drill.of_others") : bare ? notOfOneCell(place, kind) : t("drill.of_mixed");
  const kept = isTrend ? { geography: question.geography, period: spanOfCell(place).join("..") } : { geography: question.geography, as_of: question.as_of, period: question.period, compare: question.compare };
  const asked = (/** @type {Partial<Question>} */ more) => go(to("ask", "", toParams({ ...kept, indicators: [indicator], where: within, ...more })));
  const by = (/** @type {string} */ level) => asked({ by: [level] });
  /** @type {import("./menu.js").Item[]} */
  const items = [];
  for (const one of named) if (place.onPick) items.push({ label: t("drill.filter", { level: one.level.label, member: one.said }), act: () => place.onPick?.(only(one.level.name, [one.value ?? null]), `${one.level.label}: ${one.said}`) });
  items.push({ label: t("drill.break_down"), why: whole, items: () => breakdowns(indicator, question.by ?? [], by) });
  const finer = isTrend && FINER_PERIOD[grainOf(answer) ?? ""];
  if (finer) items.push({ label: t("drill.finer_period", { grain: t(`grain.${finer}`) }), why: whole, act: () => asked({ grain: finer }) });
  items.push({ label: t("drill.finer_place"), why: whole, items: () => finerPlaces(indicator, question.by ?? [], by) });
  // what is of a day is shown over the year that ends on it, and what is of days over these
  const over = isOfDay(indicator, kind) || (kind === "ratio" && !question.period) ? yearTo(dayOf(place)) : days.period;
  if (!isTrend) items.push({ label: t(over === days.period ? "drill.over_days" : "drill.trend"), why: whole ?? notOfOneDay(kind), act: () => asked({ period: over, as_of: undefined, compare: undefined, grain: "month" }) });
  items.push({ label: t("drill.why"), why: whole ?? notApart(kind), act: () => go(whyAddress(indicator, within, answer, question.geography, isTrend ? spanOfCell(place) : undefined)) });
  if (mayOpen()) items.push({ label: t("drill.records"), why: whole ?? (column.name === `${indicator}_change` ? t("drill.of_change") : undefined), act: () => go(recordsAddress(indicator, within, { ...days, geography: question.geography })) });
  items.push({ label: t("drill.what"), act: async () => (await import("./definition.js")).openDefinition(indicator, target) });
  openMenu(target, title, items);
}

/** Whether the account may open records at all; which of them, the service decides. */
export const mayOpen = () => (me.value?.may_open?.length ?? 0) > 0;

/** @param {import("./answer.js").Answer} answer */
const trendOf = (answer) => answer.levels.some((one) => one.name === PERIOD);

/**
 * The filters of a question that choose rows. Those on its numbers hide cells, and say nothing of what a cell holds; null
 * where one filter does both, which cannot be taken apart here.
 * @param {Question} question @returns {string[]|null}
 */
export function onRows({ where = [], indicators }) {
  const isNumber = (/** @type {string} */ name) => indicators.includes(name);
  const found = where.map((text) => ({ text, names: namesIn(text) }));
  if (found.some(({ names }) => names.some(isNumber) && !names.every(isNumber))) return null;
  return found.filter(({ names }) => !names.some(isNumber)).map((one) => one.text);
}

/** Why nothing that leads on from a cell would be about its number alone. @param {Place} place @param {string} kind @returns {string|undefined} */
function notOfOneCell({ answer, column, question }, kind) {
  if (kind === "share") return t("drill.of_share");
  if (column.role === "movement" && !question.indicators.some((one) => column.name === `${one}_change`)) return t("drill.of_movement");
  return trendOf(answer) ? notOfOneDay(kind) : undefined;
}

/** @param {string} kind */
const notOfOneDay = (kind) => (["change", "cumulative"].includes(kind) ? t("drill.of_other_days") : undefined);

/** Why a change of it cannot be taken apart; the service has the last word. @param {string} kind */
export const notApart = (kind) => (["stock", "ratio"].includes(kind) ? undefined : t("drill.not_apart"));

/** Whether it is of a day, and not of days. @param {string} indicator @param {string} kind */
const isOfDay = (indicator, kind) => kind.startsWith("stock") || indicator.startsWith("kpi_");

/** The address of the records behind a number; those that fail a KPI are on its page, which has places as they are today. @param {string} indicator @param {string[]} where @param {Partial<Question>} days */
export function recordsAddress(indicator, where, days) {
  const kpi = indicator.match(/^kpi_(k\d+)(?:_failing)?$/);
  const said = [...where.map((one) => ["where", one]), ...Object.entries(days).flatMap(([name, one]) => (one ? [[name, String(one)]] : []))];
  if (kpi && days.geography) return to("records", `kpi_${kpi[1]}_failing`, new URLSearchParams(said));
  if (kpi) return to("quality", kpi[1].toUpperCase(), new URLSearchParams(said));
  return to("records", indicator, new URLSearchParams(said));
}

/** The day, or the days, that a cell's number is of. @param {Place} place @param {string} kind @returns {Partial<Question>} */
function daysOf(place, kind) {
  const { answer: { meta }, column, question } = place;
  const [first, last] = trendOf(place.answer) ? spanOfCell(place) : ["", dayOf(place)];
  if (isOfDay(indicatorOf(column.name, question.indicators), kind)) return { as_of: last };
  return { period: first ? `${first}..${last}` : (isBefore(place) ? meta.compared_with : meta)?.flows ?? question.period };
}

/** Whether a column is of the earlier of two days. @param {Place} place */
const isBefore = ({ column, question }) => column.role === "start" || question.indicators.some((one) => column.name === `${one}_before`);

/** @param {Place} place @returns {string} */
const dayOf = (place) => String(isBefore(place) ? place.answer.meta.compared_with?.as_of : place.answer.meta.as_of);

/** The days of a cell of a trend: those of its period that the question has, and that anything is known of. @param {Place} place @returns {[string, string]} */
function spanOfCell({ answer, row }) {
  const { meta } = answer;
  const [first, last] = spanOf(String(row.values[answer.at(PERIOD)]), grainOf(answer));
  const [from, until] = String(meta.flows ?? "").split("..");
  return [from > first && from <= last ? from : first, [last, String(meta.as_of), until || last].sort()[0]];
}

/** The first and the last day of a period by its first. @param {string} iso @param {string|undefined} grain @returns {[string, string]} */
export function spanOf(iso, grain) {
  const first = iso.slice(0, 10), at = new Date(`${first}T00:00:00Z`);
  const steps = /** @type {Record<string, () => void>} */ ({
    week: () => at.setUTCDate(at.getUTCDate() + 7), month: () => at.setUTCMonth(at.getUTCMonth() + 1),
    quarter: () => at.setUTCMonth(at.getUTCMonth() + 3), year: () => at.setUTCFullYear(at.getUTCFullYear() + 1),
  });
  (steps[grain ?? ""] ?? (() => at.setUTCDate(at.getUTCDate() + 1)))();
  at.setUTCDate(at.getUTCDate() - 1);
  return [first, at.toISOString().slice(0, 10)];
}

/** The twelve months that end on a day, the last of them as far as that day. @param {string} day */
export const yearTo = (day) => `${new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 12, 1)).toISOString().slice(0, 10)}..${day}`;

/** @param {string} day */
const dayBefore = (day) => new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);

/**
 * Why a number moved: in the days of its period, between the two days of its answer, or since the end of the month before.
 * @param {string} indicator @param {string[]} where @param {import("./answer.js").Answer} answer @param {string|undefined} geography @param {[string, string]} [span]
 */
export function whyAddress(indicator, where, answer, geography, span) {
  const params = new URLSearchParams([["indicators", indicator], ...where.map((one) => ["where", one])]);
  const before = answer.meta.compared_with?.as_of;
  if (span) params.set("between", `${dayBefore(span[0])}..${span[1]}`);
  else if (before) params.set("between", `${before}..${answer.meta.as_of}`);
  else params.set("until", answer.meta.as_of);
  if (geography) params.set("geography", geography);
  return to("why", "", params);
}

/** @param {string} indicator @param {string[]} by @param {(level: string) => void} choose */
async function breakdowns(indicator, by, choose) {
  const known = await catalog();
  const can = known.indicators.find((one) => one.name === indicator)?.breakdowns ?? [];
  return known.breakdowns.filter((one) => can.includes(one.name) && !by.includes(one.name) && one.type !== "date").map((one) => ({ label: one.label, act: () => choose(one.name) }));
}

/** @param {string} indicator @param {string[]} by @param {(level: string) => void} choose */
async function finerPlaces(indicator, by, choose) {
  const known = await catalog();
  const can = known.indicators.find((one) => one.name === indicator)?.breakdowns ?? [];
  const places = known.breakdowns.filter((one) => one.place_level != null && can.includes(one.name));
  const here = Math.max(-1, ...places.filter((one) => by.includes(one.name)).map((one) => one.place_level ?? -1));
  return places.filter((one) => (one.place_level ?? 0) > here).sort((a, b) => (a.place_level ?? 0) - (b.place_level ?? 0)).map((one) => ({ label: one.label, act: () => choose(one.name) }));
}
