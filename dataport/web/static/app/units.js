// Units in the order of their quality scores, the lowest first, with where each stood at the beginning of the trend.
import { html, useState } from "../vendor/preact.js";
import { to } from "./address.js";
import { useAnswerTo } from "./asking.js";
import { cell, marksOf, member } from "./cells.js";
import { whose } from "./quality.js";
import { day, number, t } from "./words.js";

const SCORE = "quality_score", LEVELS = ["business_unit", "operation", "unhcr_bureau"];

/** @param {{card: import("./quality.js").Card, as_of: string}} props */
export function Units({ card, as_of }) {
  const [by, choose] = useState(LEVELS[0]);
  const since = card.kpis.find((one) => one.trend.length > 1)?.trend[0].as_of;
  const question = { indicators: [SCORE], by: [by], where: card.where, order: [SCORE], as_of: as_of || undefined };
  const { answer, problem } = useAnswerTo(since ? { ...question, compare: since } : question);
  const label = answer?.levels[0]?.label ?? by.replaceAll("_", " ");
  return html`<section class="result"><header><p class="asked">${t("quality.lowest_first")}</p>
    <label class="field beside noprint"><span>${t("why.by")}</span><select value=${by} onChange=${(/** @type {any} */ event) => choose(event.currentTarget.value)}>${LEVELS.map((one) => html`<option value=${one}>${one.replaceAll("_", " ")}</option>`)}</select></label></header>
    ${problem && html`<p class="problem said" role="alert" lang="en">${problem}</p>`}
    ${!answer && !problem && html`<p class="waiting"></p>`}
    ${answer && html`<div class="scroll" tabindex="0" role="region" aria-label=${t("quality.part_units")}><table class="card"><thead><tr><th scope="col" class="number">#</th><th scope="col" lang="en">${label}</th>
      ${answer.numbers.map((one) => html`<th scope="col" class="number" lang="en">${one.label}</th>`)}${by === LEVELS[0] && html`<td></td>`}</tr></thead>
      <tbody>${answer.rows.map((row, place) => html`<tr><td class="number soft">${number(place + 1)}</td><th scope="row" lang="en">${member(row.values[0] ?? null, answer.levels[0], answer)}</th>
        ${answer.numbers.map((one) => {
          const told = cell(row.values[answer.at(one.name)] ?? null, one, row.codes[one.name]);
          return html`<td class="number" title=${told.said || undefined}>${told.text}${told.said && html`<span class="unseen"> ${told.said}</span>`}</td>`;
        })}
        ${by === LEVELS[0] && html`<td>${row.values[0] !== null && html`<a href=${to("quality", "", whose(String(row.values[0]), as_of))}>${t("quality.title")}</a>`}</td>`}</tr>`)}</tbody></table></div>
      <ul class="notes">${marksOf(answer).map((one) => html`<li><b>${one.mark}</b> ${one.said}</li>`)}${since && html`<li>${t("quality.since", { day: day(since) })}</li>`}</ul>`}
  </section>`;
}
