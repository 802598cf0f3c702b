// A picture of an answer with its table behind a button, what is hatched in it in words, and where its marks lead.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../../vendor/preact.js";
import { marksOf } from "../cells.js";
import { t } from "../words.js";
import { fitting } from "./series.js";

/** @type {Record<string, () => Promise<{Picture: any}>>} */
const PICTURES = {
  bars: () => import("./bars.js"),
  stacked: () => import("./bars.js"),
  share: () => import("./bars.js"),
  lines: () => import("./lines.js"),
  pyramid: () => import("./pyramid.js"),
  heat: () => import("./heat.js"),
  map: () => import("./map.js"),
  waterfall: () => import("./waterfall.js"),
  table: () => import("../table.js"),
};

/** @typedef {{answer: import("../answer.js").Answer, kind: string, title: string, question: any, onPick?: any, isPlain?: boolean}} Props */

/** @param {Props} props */
export function Chart({ answer, kind, title, question, onPick, isPlain = false }) {
  const [isTable, show] = useState(false);
  // a picture that does not fit what was answered would lie: its table is shown
  const drawn = isTable ? "table" : fitting(answer).includes(kind) ? kind : fitting(answer)[0];
  if (!answer.rows.length) return html`<p class="soft">${t("answer.empty")}</p>`;
  return html`<figure class="chart" aria-label=${title}>
    <${Picture} key=${drawn} kind=${drawn} answer=${answer} title=${title} question=${question} onPick=${onPick} />
    <div class="under">
      ${!isPlain && html`<button class="quiet small noprint" aria-pressed=${isTable} onClick=${() => show(!isTable)}>▦ ${t("chart.as_table")}</button>`}
      ${drawn !== "table" && html`<${Marks} answer=${answer} />`}
    </div>
  </figure>`;
}

/** @param {Props} props */
function Picture({ kind, answer, title, question, onPick }) {
  const [Shown, take] = useState(/** @type {any} */ (null));
  const [size, measure] = useState({ width: 0, height: 0 });
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  useEffect(() => {
    PICTURES[kind]().then((module) => take(() => module.Picture));
  }, [kind]);
  useLayoutEffect(() => {
    const element = /** @type {HTMLElement} */ (box.current);
    const look = () => measure((before) => (before.width === element.clientWidth && before.height === element.clientHeight ? before : { width: element.clientWidth, height: element.clientHeight }));
    const observer = new ResizeObserver(look);
    observer.observe(element);
    look();
    return () => observer.disconnect();
  }, []);
  const pick = async (/** @type {Element} */ target, /** @type {import("./series.js").Mark} */ mark) => {
    if (mark.row) (await import("../drill.js")).openDrill(target, { answer, row: mark.row, column: mark.column, question, onPick });
  };
  return html`<div class="scroll" ref=${box}>${Shown && size.width > 0 && html`<${Shown} kind=${kind} answer=${answer} title=${title} question=${question} pick=${pick} onPick=${onPick} ...${size} />`}</div>`;
}

/** @param {{answer: import("../answer.js").Answer}} props */
export function Marks({ answer }) {
  const found = marksOf(answer);
  return found.length ? html`<ul class="notes">${found.map((one) => html`<li><b>${one.mark}</b> ${one.said}</li>`)}</ul>` : null;
}
