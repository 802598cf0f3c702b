// The answer to a question: as a picture that fits it and as a table, with what was asked of whom and when, and ways to
// take it elsewhere. While another one is on its way the old answer stays, dimmed.
import { html, useEffect, useState } from "../vendor/preact.js";
import { to, toParams } from "./address.js";
import { file } from "./api.js";
import { Chart } from "./chart/chart.js";
import { fitting } from "./chart/series.js";
import { openCopying } from "./copying.js";
import { openDialog } from "./dialog.js";
import { openMenu } from "./menu.js";
import { onShelf } from "./plan.js";
import { announce, freshness } from "./shell.js";
import { Picture as Table } from "./table.js";
import { ago, day, number, t } from "./words.js";

/** Formats of a file, by how its name ends. */
const FORMATS = /** @type {const} */ ([
  ["xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
  ["csv", "text/csv"],
  ["json", "application/json"],
  ["parquet", "application/vnd.apache.parquet"],
  ["arrow", "application/vnd.apache.arrow.stream"],
]);

/**
 * @typedef {object} Props
 * @property {import("./answer.js").Answer|null} answer
 * @property {import("./types.js").Question} question
 * @property {import("./plan.js").Plan} plan
 * @property {(Error & {nearest?: string|null, nearestRequest?: import("./types.js").Question|null})|null} problem
 * @property {boolean} isBusy
 * @property {() => void} cancel
 * @property {(view: string) => void} setView
 * @property {(where: string, said: string) => void} onPick
 * @property {(name: string) => void} onSort
 */

/** @param {Props} props */
export function Result({ answer, question, plan, problem, isBusy, cancel, setView, onPick, onSort }) {
  const views = answer ? fitting(answer) : [];
  const view = views.includes(plan.view) ? plan.view : views[0];
  const title = answer?.meta.question ?? "";
  return html`<section class=${`result${isBusy && answer ? " old" : ""}`} aria-label=${t("result.title")} aria-busy=${isBusy}>
    ${isBusy && html`<${Progress} cancel=${cancel} />`}
    ${problem && html`<div class="problem said" role="alert"><p lang="en">${problem.message}</p>${problem.nearest && html`<p>${t("result.nearest")} <a href=${to("ask", "", toParams(problem.nearestRequest ?? question))}><code dir="ltr">${problem.nearest}</code></a></p>`}</div>`}
    ${answer && !problem && html`
      <header>
        <p class="asked" lang="en">${title}</p>
        <div class="views" role="group" aria-label=${t("result.views")}>${views.map((one) => html`<button aria-pressed=${one === view} onClick=${() => setView(one)}>${t(`view.${one}`)}</button>`)}</div>
        <button onClick=${(/** @type {any} */ event) => openCopying(question, event.currentTarget, { link: location.hash })}>${t("ask.copy")}</button>
        <button aria-haspopup="menu" onClick=${(/** @type {any} */ event) => openDownloads(event.currentTarget, question.indicators[0], "query", question)}>${t("result.download")}</button>
      </header>
      ${view === "table" || !view
        ? html`<${Table} answer=${answer} title=${title} question=${question} across=${onShelf(plan, "columns")} onPick=${onPick} onSort=${onSort} />`
        : html`<div class="large"><${Chart} key=${view} answer=${answer} kind=${view} title=${title} question=${question} onPick=${onPick} isPlain /></div>`}
      <${Foot} answer=${answer} />`}
  </section>`;
}

/** How long it has taken so far, and a way out. @param {{cancel: () => void}} props */
function Progress({ cancel }) {
  const [tenths, count] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => count((before) => before + 1), 100);
    return () => clearInterval(timer);
  }, []);
  // what is there at once shows no sign of having been waited for
  if (tenths < 4) return null;
  return html`<p class="progress"><progress aria-label=${t("result.asking")}></progress> ${t("result.asking_for", { seconds: number(tenths / 10, { minimumFractionDigits: 1 }) })} <button onClick=${cancel}>${t("result.cancel")}</button></p>`;
}

/** @param {{answer: import("./answer.js").Answer}} props */
function Foot({ answer }) {
  const { meta } = answer;
  const refreshed = freshness.value?.last_refresh;
  return html`<footer class="foot">
    <p>${day(meta.as_of)} · <span lang="en">${meta.scope}</span>${refreshed && ` · ${t("tile.age", { ago: ago(refreshed) })}`} · ${t("result.rows", { n: answer.rows.length })} · ${t("result.version", { version: String(meta.data_version) })}</p>
    ${meta.limits?.length > 0 && html`<ul lang="en">${meta.limits.map((one) => html`<li>${one}</li>`)}</ul>`}
  </footer>`;
}

/** @param {Element} anchor @param {string} name @param {"query"|"change"} path @param {object} words those of the service */
export function openDownloads(anchor, name, path, words) {
  openMenu(anchor, t("result.download"), FORMATS.map(([form, accept]) => ({ label: t(`format.${form}`), act: () => download(`${name}.${form}`, path, words, accept) })));
}

/** @param {string} name @param {"query"|"change"} path @param {object} words @param {string} accept */
async function download(name, path, words, accept) {
  try {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await file(path, words, accept));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    announce(t("result.downloaded", { name }));
  } catch (failure) {
    const said = /** @type {Error} */ (failure).message || t("problem.offline");
    openDialog(t("result.download"), () => html`<p class="problem" role="alert" lang="en">${said}</p>`);
  }
}
