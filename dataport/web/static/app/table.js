// The table of an answer: one stop for Tab, arrows within it, Enter opens what a cell leads to. Of a large one only what is
// in sight is drawn, so that fifty thousand cells scroll as well as fifty.
import { html, useEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { cell, marksOf, noRow } from "./cells.js";
import { openDrill } from "./drill.js";
import { pivot } from "./pivot.js";
import { isRightToLeft, language, t } from "./words.js";

const HIGH = 30, WIDE = 118, AHEAD = 6, MANY_LINES = 120, MANY_HEADS = 30;

/** @typedef {{answer: import("./answer.js").Answer, title: string, question: any, across?: string[], onPick?: any, onSort?: (name: string) => void}} Props */

/** @param {Props} props */
export function Picture({ answer, title, question, across = [], onPick, onSort }) {
  const table = useMemo(() => pivot(answer, across), [answer, across.join(), language.value]);
  const [at, move] = useState({ line: 0, head: 0 });
  const [view, look] = useState({ top: 0, left: 0, high: 600, wide: 1200, isPrint: false });
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  useEffect(() => watch(/** @type {HTMLElement} */ (box.current), look), []);
  const [first, last] = view.isPrint || table.lines.length <= MANY_LINES ? [0, table.lines.length] : inSight(view.top, view.high, HIGH, table.lines.length);
  const [from, until] = view.isPrint || table.heads.length <= MANY_HEADS ? [0, table.heads.length] : inSight(view.left, view.wide, WIDE, table.heads.length);
  // of a large table columns keep their widths, so that scrolling has nothing to lay out anew
  const isLarge = !view.isPrint && (table.lines.length > MANY_LINES || table.heads.length > MANY_HEADS);
  // a line that leaves sight lends its elements to one that comes: nothing is made anew, and only what differs is written
  const drawn = last - first;
  const open = (/** @type {number} */ line, /** @type {number} */ head) => {
    move({ line, head });
    const row = table.lines[line].cells.get(table.heads[head].key);
    const target = box.current?.querySelector(`#${idOf(line, head)}`);
    if (row && target) openDrill(target, { answer, row, column: table.heads[head].column, question, onPick });
  };
  const newest = useRef(open);
  newest.current = open;
  const opened = useMemo(() => (/** @type {number} */ line, /** @type {number} */ head) => newest.current(line, head), []);
  const go = (/** @type {number} */ line, /** @type {number} */ head) => {
    const next = { line: clamp(line, table.lines.length), head: clamp(head, table.heads.length) };
    move(next);
    reveal(/** @type {HTMLElement} */ (box.current), next, table);
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    const right = isRightToLeft() ? -1 : 1;
    const page = Math.max(1, Math.floor(view.high / HIGH) - 2);
    const steps = /** @type {Record<string, [number, number]>} */ ({ ArrowDown: [at.line + 1, at.head], ArrowUp: [at.line - 1, at.head], ArrowRight: [at.line, at.head + right], ArrowLeft: [at.line, at.head - right],
      PageDown: [at.line + page, at.head], PageUp: [at.line - page, at.head], Home: [event.ctrlKey ? 0 : at.line, 0], End: [event.ctrlKey ? table.lines.length : at.line, table.heads.length] });
    if (event.key in steps) go(...steps[event.key]);
    else if (event.key === "Enter" || event.key === " ") open(at.line, at.head);
    else return;
    event.preventDefault();
  };
  const marks = marksOf(answer, table.hasGaps);
  const shared = { answer, table, at, from, until };
  return html`
    <div class="grid scroll" ref=${box} tabindex="0" role="grid" aria-label=${title} aria-rowcount=${table.lines.length + 1} aria-colcount=${table.down.length + table.heads.length}
      aria-activedescendant=${table.lines.length ? idOf(at.line, at.head) : undefined} onKeyDown=${key}>
      <table role="presentation" style=${isLarge ? { tableLayout: "fixed", width: `${table.down.length * 180 + table.heads.length * WIDE}px` } : { tableLayout: "auto", width: "" }}>
        <${Heads} ...${shared} onSort=${onSort} question=${question} />
        <tbody role="rowgroup">
          ${first > 0 && html`<tr role="presentation" style=${{ height: `${first * HIGH}px` }}><td role="presentation"></td></tr>`}
          ${table.lines.slice(first, last).map((line, place) => html`<${LineView} key=${isLarge ? (first + place) % drawn : first + place} answer=${answer} table=${table} here=${at.line === first + place ? at.head : -1} from=${from} until=${until} line=${line} number=${first + place} open=${opened} />`)}
          ${last < table.lines.length && html`<tr role="presentation" style=${{ height: `${(table.lines.length - last) * HIGH}px` }}><td role="presentation"></td></tr>`}
        </tbody>
      </table>
    </div>
    ${marks.length > 0 && html`<ul class="notes">${marks.map((one) => html`<li><b>${one.mark}</b> ${one.said}</li>`)}</ul>`}`;
}

/** @param {number} line @param {number} head */
const idOf = (line, head) => `cell-${line}-${head}`;
/** @param {number} place @param {number} count */
const clamp = (place, count) => Math.max(0, Math.min(place, count - 1));
/** @param {number} begin @param {number} room @param {number} each @param {number} count */
const inSight = (begin, room, each, count) => [Math.max(0, Math.floor(begin / each) - AHEAD), Math.min(count, Math.ceil((begin + room) / each) + AHEAD)];

/** @param {HTMLElement} box @param {(next: any) => void} look */
function watch(box, look) {
  let isDue = false;
  const now = () => {
    isDue = false;
    look((/** @type {any} */ before) => ({ ...before, top: box.scrollTop, left: Math.abs(box.scrollLeft), high: box.clientHeight, wide: box.clientWidth }));
  };
  const later = () => {
    if (!isDue) requestAnimationFrame(now);
    isDue = true;
  };
  const printing = (/** @type {boolean} */ isPrint) => () => look((/** @type {any} */ before) => ({ ...before, isPrint }));
  const begin = printing(true), end = printing(false);
  const observer = new ResizeObserver(later);
  observer.observe(box);
  box.addEventListener("scroll", later, { passive: true });
  addEventListener("beforeprint", begin);
  addEventListener("afterprint", end);
  now();
  return () => {
    observer.disconnect();
    box.removeEventListener("scroll", later);
    removeEventListener("beforeprint", begin);
    removeEventListener("afterprint", end);
  };
}

/** Bring a cell into sight. @param {HTMLElement} box @param {{line: number, head: number}} at @param {import("./pivot.js").Table} table */
function reveal(box, at, table) {
  const there = box.querySelector(`#${idOf(at.line, at.head)}`);
  if (there) there.scrollIntoView({ block: "nearest", inline: "nearest" });
  else {
    if (table.lines.length > MANY_LINES) box.scrollTop = Math.max(0, at.line * HIGH - box.clientHeight / 2);
    if (table.heads.length > MANY_HEADS) box.scrollLeft = (isRightToLeft() ? -1 : 1) * Math.max(0, at.head * WIDE - box.clientWidth / 2);
  }
}

/** @param {any} props */
function Heads({ table, from, until, onSort, question }) {
  const { down, groups, heads } = table;
  const each = groups.length ? heads.length / groups.length : 1;
  const lower = groups.length > 0 && each > 1;
  const shownGroups = groups.map((/** @type {any} */ group, /** @type {number} */ place) => ({ ...group, span: Math.min(until, (place + 1) * each) - Math.max(from, place * each) })).filter((/** @type {any} */ one) => one.span > 0);
  const names = (/** @type {boolean} */ isLast) => down.map((/** @type {any} */ one) => html`<th role="columnheader" scope="col" class="name" style=${{ width: "180px" }}>${isLast ? html`<${SortHead} name=${one.name} label=${one.label} onSort=${onSort} order=${question?.order} />` : ""}</th>`);
  const spare = (/** @type {number} */ count) => count > 0 && html`<td role="presentation" style=${{ width: `${count * WIDE}px` }}></td>`;
  return html`<thead role="rowgroup">
    ${groups.length > 0 && html`<tr role="row" aria-rowindex="1">${names(!lower)}${spare(from)}${shownGroups.map((/** @type {any} */ one) => html`<th role="columnheader" scope="colgroup" class=${`${one.isTotal ? "total" : ""}${each === 1 ? " number" : ""}`} colspan=${one.span}>${one.label}</th>`)}${spare(heads.length - until)}</tr>`}
    ${(!groups.length || lower) && html`<tr role="row">${names(true)}${spare(from)}${heads.slice(from, until).map((/** @type {any} */ one) => html`<th role="columnheader" scope="col" class=${one.isTotal ? "number total" : "number"} style=${{ width: `${WIDE}px` }}>
      <${SortHead} name=${one.column.name} label=${one.label} onSort=${groups.length ? undefined : onSort} order=${question?.order} /></th>`)}${spare(heads.length - until)}</tr>`}
  </thead>`;
}

/** @param {{name: string, label: string, onSort?: (name: string) => void, order?: string[]}} props */
function SortHead({ name, label, onSort, order }) {
  if (!onSort) return html`<span lang="en">${label}</span>`;
  const said = order?.find((one) => one.split(":")[0] === name);
  const way = said?.endsWith(":desc") ? "▼" : said ? "▲" : "";
  return html`<button class="sort" tabindex="-1" title=${t("table.sort", { label })} onClick=${() => onSort(name)}><span lang="en">${label}</span> <span aria-hidden="true">${way}</span></button>`;
}

/** A line, which is made anew only where something of it is another. @param {any} props */
function LineView({ answer, table, line, number, here, from, until, open }) {
  return useMemo(() => drawnLine(answer, table, line, number, here, from, until, open), [table, line, number, here, from, until, language.value]);
}

/** @param {any} answer @param {any} table @param {any} line @param {number} number @param {number} here @param {number} from @param {number} until @param {any} open */
function drawnLine(answer, table, line, number, here, from, until, open) {
  return html`<tr role="row" aria-rowindex=${number + 2} class=${line.isTotal ? "total" : ""} style=${{ height: `${HIGH}px` }}>
    ${line.labels.map((/** @type {string} */ label) => html`<th role="rowheader" scope="row" class="name" title=${label}>${label}</th>`)}
    ${from > 0 && html`<td role="presentation"></td>`}
    ${table.heads.slice(from, until).map((/** @type {any} */ head, /** @type {number} */ place) => {
      const row = line.cells.get(head.key);
      const told = row ? cell(row.values[answer.at(head.column.name)] ?? null, head.column, row.codes[head.column.name]) : noRow(answer);
      const where = from + place;
      const isHere = here === where;
      return html`<td role="gridcell" id=${idOf(number, where)} class=${`number ${told.kind}${head.isTotal ? " total" : ""}${isHere ? " here" : ""}`} title=${told.said || undefined} aria-haspopup=${row ? "menu" : undefined}
        onClick=${() => open(number, where)}>${told.text}${told.said && html`<span class="unseen"> ${told.said}</span>`}</td>`;
    })}
    ${until < table.heads.length && html`<td role="presentation"></td>`}
  </tr>`;
}
