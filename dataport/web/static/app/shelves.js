// The four shelves of a question. What stands on them can be dragged, and everything that dragging does its menu does too.
import { html, useState } from "../vendor/preact.js";
import { openDefinition } from "./definition.js";
import { described, levelOf, valuesOf } from "./filters.js";
import { openMenu } from "./menu.js";
import { GRAINS, PERIOD, onShelf, whyNot } from "./plan.js";
import { announce } from "./shell.js";
import { t } from "./words.js";

/** @typedef {import("./plan.js").Shelf} Shelf */
/**
 * @typedef {object} Props
 * @property {import("./types.js").Catalog} known
 * @property {import("./plan.js").Plan} plan
 * @property {(shelf: Shelf, name: string, anchor: Element, place?: number) => void} add
 * @property {(shelf: Shelf, name: string) => void} remove
 * @property {(where: string, anchor: Element) => void} edit
 */

const SHELVES = /** @type {Shelf[]} */ (["rows", "columns", "values", "filters"]);

/** @param {Props} props */
export function Shelves(props) {
  return html`<div class="shelves">${SHELVES.map((shelf) => html`<${ShelfView} key=${shelf} shelf=${shelf} ...${props} />`)}</div>`;
}

/** @param {Props & {shelf: Shelf}} props */
function ShelfView({ shelf, ...props }) {
  const [isOver, over] = useState(false);
  const names = onShelf(props.plan, shelf);
  const drop = (/** @type {any} */ event, /** @type {number} */ place) => {
    event.preventDefault();
    event.stopPropagation();
    over(false);
    dropped(event, shelf, place, props);
  };
  return html`<div class=${`shelf${isOver ? " over" : ""}`} role="group" aria-label=${t(`shelf.${shelf}`)}
    onDragOver=${(/** @type {any} */ event) => { event.preventDefault(); over(true); }} onDragLeave=${() => over(false)} onDrop=${(/** @type {any} */ event) => drop(event, names.length)}>
    <h2>${t(`shelf.${shelf}`)}</h2>
    <ul>${names.map((name, place) => html`<li key=${name} onDrop=${(/** @type {any} */ event) => drop(event, place)}><${Chip} shelf=${shelf} name=${name} place=${place} count=${names.length} ...${props} /></li>`)}
      ${!names.length && html`<li class="soft">${t(`shelf.${shelf}_empty`)}</li>`}</ul>
  </div>`;
}

/** @param {any} event @param {Shelf} shelf @param {number} place @param {Props} props */
function dropped(event, shelf, place, { known, plan, add, remove }) {
  let given;
  try {
    given = JSON.parse(event.dataTransfer.getData("text/plain"));
  } catch {
    return; // what was dropped is nothing of ours
  }
  const { name, from } = /** @type {{name: string, from?: Shelf}} */ (given);
  if (typeof name !== "string" || (from === "filters" && shelf !== "filters")) return;
  const why = from === shelf ? "" : whyNot(known, plan, shelf, name === PERIOD ? plan.question.grain ?? name : name);
  if (why) {
    announce(why);
    return;
  }
  // a filter is asked for first: who thinks better of it has the number still
  if (from === "values" && shelf !== from && shelf !== "filters") remove(from, name);
  add(shelf, name, event.currentTarget, place);
}

/** The name of a field for people. @param {import("./types.js").Catalog} known @param {string} name @param {string|undefined} grain */
export function labelOf(known, name, grain) {
  if (name === PERIOD || GRAINS.includes(name)) return t(`grains.${name === PERIOD ? grain : name}`);
  return known.indicators.find((one) => one.name === name)?.label ?? known.breakdowns.find((one) => one.name === name)?.label ?? name.replaceAll("_", " ");
}

/** @param {Props & {shelf: Shelf, name: string, place: number, count: number}} props */
function Chip({ shelf, name, place, count, known, plan, add, remove, edit }) {
  const label = shelf === "filters" ? described(name, (level) => labelOf(known, level, plan.question.grain)) : labelOf(known, name, plan.question.grain);
  const gone = () => {
    remove(shelf, name);
    announce(t("shelf.removed", { label, shelf: t(`shelf.${shelf}`) }));
  };
  const open = (/** @type {any} */ event) => {
    const anchor = event.currentTarget;
    const others = /** @type {Shelf[]} */ (shelf === "rows" ? ["columns"] : shelf === "columns" ? ["rows"] : []);
    /** @type {import("./menu.js").Item[]} */
    const items = others.map((one) => ({ label: t(`fields.to_${one}`), act: () => add(one, name, anchor) }));
    if (shelf === "filters") items.push({ label: t("shelf.change_filter"), act: () => edit(name, anchor) });
    else {
      if (place > 0) items.push({ label: t("shelf.earlier"), act: () => add(shelf, name, anchor, place - 1) });
      if (place < count - 1) items.push({ label: t("shelf.later"), act: () => add(shelf, name, anchor, place + 1) });
      if (name !== PERIOD && shelf !== "values") items.push({ label: t("fields.to_filters"), act: () => add("filters", name, anchor) });
      if (shelf === "values") items.push({ label: t("fields.to_filters"), act: () => add("filters", name, anchor) });
      if (name !== PERIOD) items.push({ label: t("fields.what"), act: () => openDefinition(name, anchor) });
    }
    items.push({ label: t("shelf.remove"), act: gone });
    openMenu(anchor, label, items);
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Delete" || event.key === "Backspace") gone();
  };
  const drag = (/** @type {any} */ event) => event.dataTransfer.setData("text/plain", JSON.stringify({ name, from: shelf }));
  const isPlain = shelf !== "filters" || valuesOf(name) !== null;
  return html`<span class=${`chip on ${shelf}`} draggable="true" onDragStart=${drag}>
    <button class="quiet" aria-haspopup="menu" onClick=${open} onKeyDown=${key} title=${shelf === "filters" ? name : levelOf(name)}>${isPlain ? label : html`<code>${label}</code>`} ▾</button>
    <button class="quiet" aria-label=${t("shelf.remove_one", { label })} onClick=${gone}>×</button></span>`;
}
