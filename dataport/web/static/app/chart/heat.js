// A table whose cells are shaded by their numbers: it shows where much is, and is read as the table that it is.
import { html } from "../../vendor/preact.js";
import { seriesOf } from "./series.js";
import { t } from "../words.js";

export const SHADES = 6;

/** Edges that put about as many numbers into each shade. @param {number[]} numbers */
export function edgesOf(numbers) {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const edges = [];
  for (let shade = 1; shade < SHADES; shade += 1) edges.push(sorted[Math.floor((sorted.length * shade) / SHADES)]);
  return [...new Set(edges)].filter((one) => one !== undefined && one > sorted[0]);
}

/** @param {number} value @param {number[]} edges */
export const shadeOf = (value, edges) => edges.filter((edge) => value >= edge).length + 1;

/** @param {{answer: import("../answer.js").Answer, title: string, pick: any}} props */
export function Picture({ answer, title, pick }) {
  const data = seriesOf(answer);
  const numbers = data.categories.flatMap((_, place) => data.series.map((__, series) => data.at(place, series).value)).filter((one) => one !== null);
  const edges = edgesOf(numbers);
  return html`
    <table class="heat"><caption class="unseen">${t("chart.heat", { title })}</caption>
      <thead><tr><td></td>${data.series.map((one) => html`<th scope="col">${one.label}</th>`)}</tr></thead>
      <tbody>${data.categories.map((one, place) => html`<tr><th scope="row">${one.label}</th>
        ${data.series.map((_, series) => {
          const mark = data.at(place, series);
          const shade = mark.value === null ? mark.cell.kind : `shade${shadeOf(mark.value, edges)}`;
          return html`<td class=${shade}>${mark.row
            ? html`<button aria-haspopup="menu" title=${mark.cell.said} onClick=${(/** @type {any} */ event) => pick(event.currentTarget, mark)}>${mark.cell.text}${mark.cell.said && html`<span class="unseen"> ${mark.cell.said}</span>`}</button>`
            : html`<span title=${mark.cell.said}>${mark.cell.text}<span class="unseen"> ${mark.cell.said}</span></span>`}</td>`;
        })}</tr>`)}</tbody>
    </table>
    ${data.notes.map((one) => html`<p class="small">${one}</p>`)}`;
}
