// The list of what can be asked: searched by words, told on hover and focus, and put on a shelf by a click, by dragging,
// or by a menu, all three alike. What cannot be combined stays in the list, greyed, with the reason.
import { html, useMemo, useRef, useState } from "../vendor/preact.js";
import { openDefinition } from "./definition.js";
import { openMenu } from "./menu.js";
import { GRAINS, onShelf, whyNot } from "./plan.js";
import { announce } from "./shell.js";
import { language, t } from "./words.js";

/** @typedef {import("./plan.js").Shelf} Shelf */
/** @typedef {{known: import("./types.js").Catalog, plan: import("./plan.js").Plan, add: (shelf: Shelf, name: string, anchor: Element) => void}} Props */

/** What each kind of field is put on by a click. @type {Record<string, Shelf>} */
const FIRST = { indicator: "values", level: "rows" };

/** @param {Props} props */
export function FieldList({ known, plan, add }) {
  const [search, look] = useState("");
  const [told, tell] = useState(/** @type {any} */ (null));
  // what a KPI is made of is found by who looks for it, and is in nobody's way
  const fits = (/** @type {any} */ one) => (search || !one.part_of) && search.toLowerCase().split(/\s+/).every((word) => `${one.name} ${one.label} ${one.description}`.toLowerCase().includes(word));
  const subjects = [...new Set(known.indicators.map((one) => one.subject))];
  const groups = [
    ...subjects.map((subject) => ({ title: said(subject), kind: "indicator", fields: known.indicators.filter((one) => one.subject === subject && fits(one)) })),
    { title: t("fields.breakdowns"), kind: "level", fields: known.breakdowns.filter((one) => !GRAINS.includes(one.name) && fits(one)) },
    { title: t("fields.periods"), kind: "level", fields: known.breakdowns.filter((one) => GRAINS.includes(one.name) && fits(one)) },
  ].filter((one) => one.fields.length);
  return html`<section class="fields" aria-label=${t("fields.title")}>
    <label class="field"><span>${t("fields.search")}</span><input type="search" value=${search} onInput=${(/** @type {any} */ event) => look(event.currentTarget.value)} /></label>
    <div class="fieldlist">
      ${groups.map((group) => html`<details open key=${group.title}><summary>${group.title}</summary>
        <ul>${group.fields.map((field) => html`<${Field} key=${field.name} field=${field} kind=${group.kind} known=${known} plan=${plan} add=${add} tell=${tell} />`)}</ul></details>`)}
      ${!groups.length && html`<p class="soft">${t("fields.none")}</p>`}
    </div>
    <div class="told" lang=${told ? "en" : undefined} dir=${told ? "ltr" : undefined}>${told ? html`<b>${told.label}</b> ${told.description}${told.why && html`<p class="problem">${told.why}</p>`}` : html`<span class="soft">${t("fields.hint")}</span>`}</div>
  </section>`;
}

/** A subject is a file of definitions; its name reads well enough. @param {string} subject */
const said = (subject) => {
  const word = subject.split("/").pop() ?? subject;
  return word.charAt(0).toUpperCase() + word.slice(1).replaceAll("_", " ");
};

/** @typedef {Props & {field: any, kind: string, tell: (told: any) => void}} FieldProps */

/** A field of hundreds: it is made anew only where something of it is another, and acts on the question as it is by then. @param {FieldProps} props */
function Field(props) {
  const { field, kind, known, plan } = props;
  const newest = useRef(props);
  newest.current = props;
  const row = useRef(/** @type {HTMLElement|null} */ (null));
  const why = whyNot(known, plan, FIRST[kind], field.name);
  const isUsed = /** @type {Shelf[]} */ (["rows", "columns", "values"]).some((one) => onShelf(plan, one).includes(field.name)) || plan.question.grain === field.name;
  return useMemo(() => drawn(field, kind, why, isUsed, newest, row), [field, kind, why, isUsed, language.value]);
}

/** @param {any} field @param {string} kind @param {string} why @param {boolean} isUsed @param {{current: FieldProps}} newest @param {{current: HTMLElement|null}} row */
function drawn(field, kind, why, isUsed, newest, row) {
  const telling = () => newest.current.tell({ ...field, why });
  const choose = (/** @type {any} */ event) => (why ? announce(why) : newest.current.add(FIRST[kind], field.name, event.currentTarget));
  const drag = (/** @type {any} */ event) => {
    event.dataTransfer.setData("text/plain", JSON.stringify({ name: field.name }));
    event.dataTransfer.effectAllowed = "copyMove";
  };
  const menu = () => {
    const { known, plan, add } = newest.current;
    const shelves = /** @type {Shelf[]} */ (kind === "indicator" ? ["values", "filters"] : ["rows", "columns", "filters"]);
    openMenu(/** @type {Element} */ (row.current), field.label, [
      ...shelves.map((one) => ({ label: t(`fields.to_${one}`), why: whyNot(known, plan, one, field.name), act: () => add(one, field.name, /** @type {Element} */ (row.current)) })),
      { label: t("fields.what"), act: () => openDefinition(field.name, row.current) },
    ]);
  };
  return html`<li class=${`fieldrow ${kind}${why ? " out" : ""}${isUsed ? " used" : ""}`} onPointerEnter=${telling}>
    <button class="quiet name" draggable=${!why} aria-disabled=${why ? "true" : undefined} aria-pressed=${isUsed} title=${why || field.description} onDragStart=${drag} onFocus=${telling} onClick=${choose} lang="en">${field.label}</button>
    <button class="quiet more" ref=${row} aria-haspopup="menu" aria-label=${t("fields.more", { label: field.label })} onFocus=${telling} onClick=${menu}>⋯</button>
  </li>`;
}
