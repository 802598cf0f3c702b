// Why a number moved between two days: what came and what went, so that both numbers meet.
import { html, useEffect, useState } from "../vendor/preact.js";
import { go, route } from "./address.js";
import { readAnswer } from "./answer.js";
import { catalog, change } from "./api.js";
import { Chart } from "./chart/chart.js";
import { openCopying } from "./copying.js";
import { described, levelOf, remember, valuesOf } from "./filters.js";
import { Day, Places } from "./options.js";
import { openDownloads } from "./result.js";
import { labelOf } from "./shelves.js";
import { announce, freshness, scope } from "./shell.js";
import { styled } from "./styles.js";
import { Picture as Table } from "./table.js";
import { changeAddress, changeWords } from "./why_words.js";
import { ago, t } from "./words.js";

styled("ask");

/** The last day of the month before. @param {string} iso */
const monthBefore = (iso) => new Date(Date.UTC(Number(iso.slice(0, 4)), Number(iso.slice(5, 7)) - 1, 0)).toISOString().slice(0, 10);

/** @param {URLSearchParams} params @param {string} today */
function read(params, today) {
  const until = params.get("until") ?? today;
  const [first, last] = (params.get("between") ?? `${monthBefore(until)}..${until}`).split("..");
  return { indicator: params.get("indicators") ?? "active_individuals", first, last, by: params.getAll("by"), where: params.getAll("where"), geography: params.get("geography") ?? undefined };
}

export function Page() {
  const [known, take] = useState(/** @type {import("./types.js").Catalog|null} */ (null));
  const today = String(freshness.value?.watermark ?? "").slice(0, 10);
  useEffect(() => {
    catalog().then(take, () => null);
  }, []);
  return known && today ? html`<${Why} known=${known} today=${today} />` : html`<p class="starting">…</p>`;
}

/** The question of both days and what lies between them. @param {ReturnType<typeof read>} asked @returns {import("./types.js").Question} */
const questionOf = ({ indicator, first, last, by, where, geography }) => ({ indicators: [indicator], by, where, as_of: last, compare: first, geography, totals: by.length > 0 || undefined });

/** @param {{known: import("./types.js").Catalog, today: string}} props */
function Why({ known, today }) {
  const asked = read(route.value.params, today);
  const question = questionOf(asked);
  const [state, take] = useState({ answer: /** @type {any} */ (null), problem: /** @type {any} */ (null), isBusy: true });
  const said = JSON.stringify(asked);
  useEffect(() => {
    const control = new AbortController();
    take((before) => ({ ...before, isBusy: true }));
    change(changeWords(question), control.signal).then((told) => {
      const answer = readAnswer(told);
      remember(answer.members);
      scope.value = answer.meta.scope;
      take({ answer, problem: null, isBusy: false });
      announce(t("why.ready"));
    }, (problem) => control.signal.aborted || take({ answer: null, problem, isBusy: false }));
    return () => control.abort();
  }, [said]);
  const settle = (/** @type {any} */ more) => {
    go(changeAddress(questionOf({ ...asked, ...more })));
  };
  const pick = (/** @type {string} */ where) => settle({ where: [...asked.where.filter((one) => levelOf(one) !== levelOf(where) || !valuesOf(one)), where] });
  const levels = known.indicators.find((one) => one.name === asked.indicator)?.breakdowns ?? [];
  const label = labelOf(known, asked.indicator, "");
  const whole = state.answer && asked.by.length ? { ...state.answer, levels: [], rows: state.answer.totals.filter((/** @type {any} */ one) => one.kept.length <= 1).slice(-1), totals: [] } : state.answer;
  return html`<div class="why">
    <div class="head"><h1>${t("why.title", { label })}</h1>
      ${asked.where.length > 0 && html`<div class="filters" role="group" aria-label=${t("shelf.filters")}>${asked.where.map((one) => html`<span class="chip on"><span>${described(one, (level) => labelOf(known, level, ""))}</span><button class="quiet" aria-label=${t("look.remove_filter", { filter: one })} onClick=${() => settle({ where: asked.where.filter((other) => other !== one) })}>×</button></span>`)}</div>`}</div>
    <div class="options" role="group" aria-label=${t("options.title")}>
      <label class="field"><span>${t("why.indicator")}</span><select value=${asked.indicator} onChange=${(/** @type {any} */ event) => settle({ indicator: event.currentTarget.value })}>
        ${known.indicators.filter((one) => !one.part_of || one.name === asked.indicator).map((one) => html`<option value=${one.name}>${one.label}</option>`)}</select></label>
      <${Day} label=${t("options.first")} value=${asked.first} take=${(/** @type {string} */ first) => settle({ first })} />
      <${Day} label=${t("options.last")} value=${asked.last} take=${(/** @type {string} */ last) => settle({ last })} />
      <label class="field"><span>${t("why.by")}</span><select value=${asked.by[0] ?? ""} onChange=${(/** @type {any} */ event) => settle({ by: event.currentTarget.value ? [event.currentTarget.value] : [] })}>
        <option value="">${t("why.whole")}</option>${known.breakdowns.filter((one) => levels.includes(one.name) && one.type !== "date").map((one) => html`<option value=${one.name}>${one.label}</option>`)}</select></label>
      <${Places} value=${asked.geography} take=${(/** @type {string|undefined} */ geography) => settle({ geography })} />
    </div>
    <section class=${`result${state.isBusy ? " old" : ""}`} aria-busy=${state.isBusy} aria-label=${t("result.title")}>
      ${state.problem && html`<div class="problem said" role="alert"><p lang="en">${state.problem.message}</p></div>`}
      ${state.answer && html`<header class="noprint"><span class="grow"></span><button onClick=${(/** @type {any} */ event) => openCopying(question, event.currentTarget, { link: location.hash, isChange: true })}>${t("ask.copy")}</button>
        <button aria-haspopup="menu" onClick=${(/** @type {any} */ event) => openDownloads(event.currentTarget, `why_${asked.indicator}`, "change", changeWords(question))}>${t("result.download")}</button></header>`}
      ${state.answer && state.answer.numbers.every((/** @type {any} */ one) => one.role !== "movement") && html`<p class="soft">${t("why.nothing")}</p>`}
      ${whole && html`<div class="large"><${Chart} answer=${whole} kind="waterfall" title=${t("why.title", { label })} question=${{ ...question, by: [] }} onPick=${pick} /></div>`}
      ${state.answer && asked.by.length > 0 && html`<${Table} answer=${state.answer} title=${t("why.title", { label })} question=${question} onPick=${pick} />`}
      ${state.answer && html`<footer class="foot"><p lang="en">${state.answer.meta.question} · ${state.answer.meta.scope}</p><p>${freshness.value?.last_refresh && t("tile.age", { ago: ago(freshness.value.last_refresh) })}</p>
        ${state.answer.meta.limits?.length > 0 && html`<ul lang="en">${state.answer.meta.limits.map((/** @type {string} */ one) => html`<li>${one}</li>`)}</ul>`}</footer>`}
    </section></div>`;
}
