// One KPI: what it is, where it stands against its target and how it came there, where it is missed, and for who may the
// records to correct, which can be given to somebody, excused, or noted.
import { html, useEffect, useState } from "../vendor/preact.js";
import { go, route, to } from "./address.js";
import { catalog, definition, quality } from "./api.js";
import { useAnswerTo } from "./asking.js";
import { cell } from "./cells.js";
import { Chart } from "./chart/chart.js";
import { Definition } from "./definition.js";
import { mayOpen, yearTo } from "./drill.js";
import { described } from "./filters.js";
import { Listing } from "./listing.js";
import { Met, Moved, Value, percent, whose } from "./quality.js";
import { labelOf } from "./shelves.js";
import { day, number, t } from "./words.js";
import { Working } from "./working.js";

const MOST = 20;

/** @param {{kpi: import("./quality.js").Line, card: import("./quality.js").Card, unit: string, as_of: string}} props */
export function KpiPage({ kpi, card, unit, as_of }) {
  const { params } = route.value;
  const [known, take] = useState(/** @type {import("./types.js").Catalog|null} */ (null));
  const [told, tell] = useState(/** @type {any} */ (null));
  useEffect(() => {
    catalog().then(take, () => null);
    definition(kpi.indicator).then(tell, () => null);
  }, [kpi.indicator]);
  const picked = params.getAll("where"), on = as_of || undefined;
  const levels = (known?.breakdowns ?? []).filter((one) => one.type !== "date" && known?.indicators.find((other) => other.name === kpi.indicator)?.breakdowns.includes(one.name));
  const by = params.get("by") ?? (unit || !levels.some((one) => one.name === "operation") ? "business_unit" : "operation");
  const where = [...card.where, ...picked];
  const settle = (/** @type {Record<string, string|string[]>} */ more) => {
    const next = { unit, by: params.get("by") ?? "", as_of, where: picked, ...more };
    go(to("quality", kpi.name, new URLSearchParams(Object.entries(next).flatMap(([name, one]) => (Array.isArray(one) ? one : [one]).filter(Boolean).map((value) => [name, value])))));
  };
  const worst = kpi.better === "lower" ? `${kpi.indicator}:desc` : kpi.indicator;
  const trend = { indicators: [kpi.indicator], where, grain: "month", period: on ? yearTo(on) : "last-12-months" };
  const parts = { indicators: [kpi.indicator], by: [by], where, order: [worst], top: MOST, as_of: on };
  const { answer: filtered } = useAnswerTo(picked.length ? { indicators: [kpi.indicator], where, as_of: on } : null);
  const label = (/** @type {string} */ level) => (known ? labelOf(known, level, "") : level);
  return html`<div class="why kpi">
    <div class="head"><p class="noprint"><a href=${to("quality", "", whose(unit, as_of))}>‹ ${t("quality.title")}</a></p>
      <h1><span lang="en">${kpi.label}</span></h1>
      <p><span lang="en">${kpi.name} · ${kpi.dimension} · ${kpi.severity} · ${card.scope}</span> · ${day(card.as_of)}</p>
      ${picked.length > 0 && html`<div class="filters">${picked.map((one) => html`<span class="chip on"><span>${described(one, label)}</span><button class="quiet" aria-label=${t("look.remove_filter", { filter: one })} onClick=${() => settle({ where: picked.filter((other) => other !== one) })}>×</button></span>`)}</div>`}</div>
    <dl class="figures">
      ${picked.length > 0 && html`<div><dt>${t("quality.filtered")}</dt><dd>${filtered?.rows[0] ? cellOf(filtered) : "…"}</dd></div>`}
      ${[["value", html`<${Value} kpi=${kpi} />`], ["target", html`${percent(kpi.target)} <${Met} kpi=${kpi} />`], [kpi.better === "higher" ? "points" : "failing", kpi.numerator === null ? "–" : t("quality.of", { failing: number(kpi.numerator), all: number(kpi.denominator ?? 0) })], ["moved", html`<${Moved} kpi=${kpi} />`], ["rank", kpi.rank ? t("quality.rank_of", { place: number(kpi.rank.place), of: number(kpi.rank.of) }) : "–"]].map(([name, one]) => html`<div><dt>${t(`quality.${name}`)}</dt><dd>${one}</dd></div>`)}
      ${picked.length > 0 && html`<p class="small">${t("quality.before_filters")}</p>`}</dl>
    <div class="two">
      <section class="result"><h2>${t("quality.over_time")}</h2><${Drawn} question=${trend} kind="lines" title=${kpi.label} /></section>
      <section class="result"><header><h2>${t("quality.where_missed")}</h2><label class="field beside noprint"><span>${t("why.by")}</span><select value=${by} onChange=${(/** @type {any} */ event) => settle({ by: event.currentTarget.value })}>${levels.map((one) => html`<option value=${one.name}>${one.label}</option>`)}</select></label></header>
        <${Drawn} key=${by} question=${parts} kind="bars" title=${`${kpi.label}, ${label(by)}`} onPick=${(/** @type {string} */ one) => settle({ where: [...picked.filter((other) => !other.startsWith(`${by} `)), one] })} /></section>
    </div>
    <section class="result"><h2>${t("fields.what")}</h2>${told ? html`<${Definition} one=${told} />` : html`<p class="waiting"></p>`}</section>
    ${kpi.lists_records && mayOpen() && html`<${Listing} key=${kpi.name + unit + as_of + String(picked)} title=${t("quality.records")}
      load=${(/** @type {string} */ purpose) => quality.records({ kpi: kpi.name, purpose, where: picked, ...(unit ? { unit } : {}), ...(on ? { as_of: on } : {}) })}
      work=${(/** @type {string[]} */ ids, /** @type {string} */ purpose, /** @type {() => void} */ again) => html`<${Working} ids=${ids} kpi=${kpi.name} purpose=${purpose} again=${again} />`} />`}
  </div>`;
}

/** The one number of an answer, with its mark in words. @param {import("./answer.js").Answer} answer */
function cellOf(answer) {
  const column = answer.numbers[0], row = answer.rows[0];
  const told = cell(row.values[answer.at(column.name)], column, row.codes[column.name]);
  return html`${told.text}${told.said && html`<small class="soft"> ${told.said}</small>`}`;
}

/** A picture of a question, or why there is none. @param {{question: import("./types.js").Question, kind: string, title: string, onPick?: any}} props */
export function Drawn({ question, kind, title, onPick }) {
  const { answer, problem } = useAnswerTo(question);
  if (problem) return html`<p class="problem" lang="en">${problem}</p>`;
  if (!answer) return html`<p class="waiting"></p>`;
  return html`<div class="medium"><${Chart} answer=${answer} kind=${kind} title=${title} question=${question} onPick=${onPick} /></div>`;
}
