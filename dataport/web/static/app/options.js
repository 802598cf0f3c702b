// What a question says beside its fields: which days, compared with what, totals, how many, and which geography.
import { html } from "../vendor/preact.js";
import { onShelf } from "./plan.js";
import { Typed } from "./typed.js";
import { t } from "./words.js";

/** @typedef {import("./types.js").Question} Question */

const PERIODS = ["last-month", "last-3-months", "last-6-months", "last-12-months", "last-quarter", "this-year", "last-year"];

/** @param {{plan: import("./plan.js").Plan, today: string, change: (question: Partial<Question>) => void}} props */
export function Options({ plan, today, change }) {
  const { question } = plan;
  const isList = onShelf(plan, "rows").length + onShelf(plan, "columns").length > 0;
  return html`<div class="options" role="group" aria-label=${t("options.title")}>
    <${When} question=${question} today=${today} change=${change} />
    <${Comparison} question=${question} today=${today} change=${change} />
    ${isList && html`<label class="tick"><input type="checkbox" checked=${Boolean(question.totals)} onChange=${(/** @type {any} */ event) => change({ totals: event.currentTarget.checked || undefined, subtotals: undefined })} /> ${t("options.totals")}</label>
      <label class="field"><span>${t("options.top")}</span><${Typed} type="number" min="1" max="100000" class="few" value=${question.top} onChange=${(/** @type {any} */ event) => change({ top: Number(event.currentTarget.value) || undefined, other: Number(event.currentTarget.value) ? question.other : undefined })} /></label>
      ${question.top && html`<label class="tick"><input type="checkbox" checked=${Boolean(question.other)} onChange=${(/** @type {any} */ event) => change({ other: event.currentTarget.checked || undefined })} /> ${t("options.others")}</label>`}`}
    <${Places} value=${question.geography} take=${(/** @type {string|undefined} */ geography) => change({ geography })} />
  </div>`;
}

/** Whether places are those of today, or of the day asked about. @param {{value: string|undefined, take: (geography: string|undefined) => void}} props */
export function Places({ value, take }) {
  return html`<label class="field"><span>${t("options.geography")}</span><select value=${value ?? "today"} onChange=${(/** @type {any} */ event) => take(event.currentTarget.value === "today" ? undefined : event.currentTarget.value)}>
    <option value="today">${t("options.geography_today")}</option><option value="as-was">${t("options.geography_as_was")}</option></select></label>`;
}

/** A day, a period of words, or one from a day to a day. @param {{question: Question, today: string, change: (question: Partial<Question>) => void}} props */
function When({ question, today, change }) {
  const kind = question.as_of ? "day" : !question.period ? "latest" : PERIODS.includes(question.period) ? question.period : "between";
  const [first, last] = between(question.period, today);
  const choose = (/** @type {string} */ next) => {
    if (next === "latest") change({ as_of: undefined, period: undefined, grain: undefined, compare: question.compare === "previous" ? undefined : question.compare });
    else if (next === "day") change({ as_of: today, period: undefined, compare: question.compare === "previous" ? undefined : question.compare });
    else change({ as_of: undefined, period: next === "between" ? `${first}..${last}` : next });
  };
  return html`<label class="field"><span>${t("options.when")}</span><select value=${kind} onChange=${(/** @type {any} */ event) => choose(event.currentTarget.value)}>
      <option value="latest">${t("options.latest")}</option><option value="day">${t("options.day")}</option>
      ${PERIODS.map((one) => html`<option value=${one}>${t(`period.${one}`)}</option>`)}<option value="between">${t("options.between")}</option></select></label>
    ${kind === "day" && html`<${Day} label=${t("options.on")} value=${question.as_of} take=${(/** @type {string} */ day) => change({ as_of: day })} />`}
    ${kind === "between" && html`<${Day} label=${t("options.first")} value=${first} take=${(/** @type {string} */ day) => change({ period: `${day}..${last}` })} />
      <${Day} label=${t("options.last")} value=${last} take=${(/** @type {string} */ day) => change({ period: `${first}..${day}` })} />`}`;
}

/** @param {string|undefined} period @param {string} today */
function between(period, today) {
  const [first, last] = (period ?? "").split("..");
  const isDay = (/** @type {string|undefined} */ one) => /^\d{4}-\d\d-\d\d$/.test(one ?? "");
  return [isDay(first) ? first : `${today.slice(0, 4)}-01-01`, isDay(last) ? last : today];
}

/** @param {{question: Question, today: string, change: (question: Partial<Question>) => void}} props */
function Comparison({ question, today, change }) {
  if (question.grain) return null;
  const kind = !question.compare ? "" : ["previous", "year-ago"].includes(question.compare) ? question.compare : "day";
  const choose = (/** @type {string} */ next) => change({ compare: next === "day" ? `${Number(today.slice(0, 4)) - 1}-12-31` : next || undefined });
  return html`<label class="field"><span>${t("options.compare")}</span><select value=${kind} onChange=${(/** @type {any} */ event) => choose(event.currentTarget.value)}>
      <option value="">${t("options.compare_none")}</option>${question.period && html`<option value="previous">${t("options.compare_previous")}</option>`}
      <option value="year-ago">${t("options.compare_year_ago")}</option><option value="day">${t("options.compare_day")}</option></select></label>
    ${kind === "day" && html`<${Day} label=${t("options.compared_with")} value=${question.compare} take=${(/** @type {string} */ day) => change({ compare: day })} />`}`;
}

/** @param {{label: string, value: string|undefined, take: (day: string) => void}} props */
export function Day({ label, value, take }) {
  return html`<label class="field"><span>${label}</span><${Typed} type="date" value=${value} onChange=${(/** @type {any} */ event) => event.currentTarget.value && take(event.currentTarget.value)} /></label>`;
}
