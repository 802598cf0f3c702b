// Parts that pictures share: the hatch for what is not shown, legends, texts that fit, and marks that a keyboard reaches.
import { html } from "../../vendor/preact.js";
import { brief, isRightToLeft, number } from "../words.js";

/** What is not shown is hatched, in every picture. */
export const Hatch = () => html`<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
  <line x1="0" y1="0" x2="0" y2="6" stroke="var(--hatch)" stroke-width="2.5" /></pattern></defs>`;

/** How much of a colour is left the second, third and fourth time that it comes. */
const FAINTER = [100, 62, 36, 82];
/** Series have a colour and, in lines, a pattern: neither has to be seen alone. The ninth has the first one's, fainter. @param {number} place */
export function colour(place) {
  const own = `var(--c${(place % 8) + 1})`, left = FAINTER[Math.floor(place / 8) % FAINTER.length];
  return left === 100 ? own : `color-mix(in oklab, ${own} ${left}%, var(--paper))`;
}
export const DASHES = ["", "6 3", "2 3", "9 3 2 3", "", "6 3", "2 3", "9 3 2 3"];

/** @param {{labels: string[], isLine?: boolean}} props */
export function Legend({ labels, isLine }) {
  return html`<ul class="legend">${labels.map((label, place) => html`<li>
    <svg viewBox="0 0 16 10" aria-hidden="true">${isLine
      ? html`<line x1="0" y1="5" x2="16" y2="5" stroke=${colour(place)} stroke-width="3" stroke-dasharray=${DASHES[place % 8]} />`
      : html`<rect width="16" height="10" rx="2" fill=${colour(place)} />`}</svg>${label}</li>`)}</ul>`;
}

/** A text that fits into so many pixels; the whole is in its title. @param {string} text @param {number} room */
export function fitted(text, room) {
  const most = Math.max(3, Math.floor(room / 6.9));
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** How the ticks of an axis read: with as many digits as it takes for each to read otherwise than the others. @param {number[]} ticks @param {boolean} isShare @returns {(tick: number) => string} */
export function readingOf(ticks, isShare) {
  const reading = (/** @type {number} */ digits) => (/** @type {number} */ tick) => (isShare ? number(tick, { style: "percent", maximumFractionDigits: digits }) : brief(tick, digits));
  let digits = 1;
  while (digits < 6 && new Set(ticks.map(reading(digits))).size < ticks.length) digits += 1;
  return reading(digits);
}

/** Where a text begins or ends, as the language is written. @param {"start"|"end"} side */
export const anchor = (side) => (isRightToLeft() ? (side === "start" ? "end" : "start") : side);

/**
 * A mark that is a button: pointed at, clicked, or reached by arrow keys. One of a picture is a stop for Tab.
 * @param {{label: string, isFirst: boolean, onPick: (target: Element) => void, children: unknown}} props
 */
export function Pressed({ label, isFirst, onPick, children }) {
  const key = (/** @type {any} */ event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onPick(event.currentTarget);
    } else step(event);
  };
  return html`<g role="button" tabindex=${isFirst ? 0 : -1} aria-label=${label} aria-haspopup="menu" onKeyDown=${key}
    onClick=${(/** @type {any} */ event) => onPick(event.currentTarget)}><title>${label}</title>${children}</g>`;
}

const STEPS = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 });

/** Go to the next mark, or the one before. @param {any} event */
function step(event) {
  const marks = [...event.currentTarget.ownerSVGElement.querySelectorAll('[role="button"]')];
  const here = marks.indexOf(event.currentTarget);
  const next = event.key === "Home" ? 0 : event.key === "End" ? marks.length - 1 : event.key in STEPS ? here + STEPS[event.key] : -1;
  if (!marks[next]) return;
  event.preventDefault();
  marks[here].setAttribute("tabindex", "-1");
  marks[next].setAttribute("tabindex", "0");
  marks[next].focus();
}
