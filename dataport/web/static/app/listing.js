// Records, one by one, for who may open them and says what for. What is said for it goes in the body of a request and into
// no address, and what was listed is gone with the page.
import { html, useState } from "../vendor/preact.js";
import { announce } from "./shell.js";
import { Typed } from "./typed.js";
import { t } from "./words.js";

/** What was said last, and what stands in the field: neither need be typed again for another list of the same errand. No storage keeps them. */
let said = "", typed = "";

/** @typedef {{columns: Array<{name: string, label: string}>, rows: any[][], more: number}} Told */

/**
 * @param {object} props
 * @param {string} props.title
 * @param {(purpose: string) => Promise<Told>} props.load
 * @param {(picked: string[], purpose: string, again: (done: string) => void) => unknown} [props.work] what can be done with those that are picked
 */
export function Listing({ title, load, work }) {
  const [state, take] = useState({ told: /** @type {Told|null} */ (null), problem: "", isBusy: false });
  const [picked, pick] = useState(/** @type {string[]} */ ([]));
  const [done, tell] = useState("");
  const list = (/** @type {string} */ what = "") => {
    tell(what);
    take((before) => ({ ...before, problem: "", isBusy: true }));
    pick([]);
    load(said).then((told) => {
      take({ told, problem: "", isBusy: false });
      announce(`${what} ${t("result.ready", { n: told.rows.length })}`.trim());
    }, (failure) => take({ told: null, problem: failure.message || t("problem.offline"), isBusy: false }));
  };
  const submit = (/** @type {any} */ event) => {
    event.preventDefault();
    said = typed;
    list();
  };
  const { told } = state;
  const turn = (/** @type {string} */ id) => pick((before) => (before.includes(id) ? before.filter((one) => one !== id) : [...before, id]));
  const ids = told && work ? told.rows.map((row) => idOf(told, row)).filter(Boolean) : [];
  return html`<section class="result listing" aria-busy=${state.isBusy}><h2>${title}</h2>
    <form class="options noprint" onSubmit=${submit}><label class="field wide"><span>${t("quality.purpose")}</span><${Typed} name="purpose" required maxlength="1000" value=${typed} onInput=${(/** @type {any} */ event) => (typed = event.currentTarget.value)} /></label><button class="main">${t("quality.list")}</button></form>
    <p class="small">${t("quality.written_down")}</p>
    ${state.problem && html`<p class="problem said" role="alert" lang="en">${state.problem}</p>`}
    ${told && work && told.rows.length > 0 && html`<div class="options noprint" role="group" aria-label=${t("work.title")}>
      <button class="quiet" onClick=${() => pick(picked.length === ids.length ? [] : ids)}>${t(picked.length === ids.length ? "work.none" : "work.all")}</button>${work(picked, said, list)}</div>`}
    ${done && html`<p class="newer">${done}</p>`}
    ${told && told.rows.length > 0 && html`<div class="scroll" tabindex="0" role="region" aria-label=${title}><table class="card"><thead><tr>${work && html`<td></td>`}${shown(told).map((place) => html`<th scope="col" lang="en">${told.columns[place].label}</th>`)}</tr></thead>
      <tbody>${told.rows.map((row) => html`<tr>${work && html`<td><input type="checkbox" aria-label=${t("work.pick", { record: idOf(told, row) })} checked=${picked.includes(idOf(told, row))} onChange=${() => turn(idOf(told, row))} /></td>`}
        ${shown(told).map((place) => html`<td class=${String(row[place]).length > 28 ? "long" : ""}><${Field} name=${told.columns[place].name} value=${row[place]} /></td>`)}</tr>`)}</tbody></table></div>`}
    ${told && html`<p class="foot">${t("result.rows", { n: told.rows.length })}${told.more > 0 && ` · ${t("quality.more", { n: told.more })}`}</p>`}
  </section>`;
}

/** The columns in which something stands, by their places. @param {Told} told */
const shown = (told) => told.columns.map((_, place) => place).filter((place) => told.rows.some((row) => row[place] !== null && row[place] !== "" && row[place] !== false));

/** By what a record is named to the service. @param {Told} told @param {any[]} row @returns {string} */
function idOf(told, row) {
  const at = (/** @type {string} */ name) => row[told.columns.findIndex((one) => one.name === name)];
  return String(at("id") ?? at("number") ?? "");
}

/** A field of a record; an address of the store becomes a link only where it is one of the web. @param {{name: string, value: any}} props */
function Field({ name, value }) {
  if (value === null || value === "") return html`<span class="soft">–</span>`;
  if (name === "link" && /^https?:\/\//.test(String(value))) return html`<a href=${value} rel="noreferrer noopener" target="_blank">${t("quality.open")}</a>`;
  return html`${typeof value === "boolean" ? t(value ? "member.yes" : "member.no") : Array.isArray(value) ? value.join(", ") : String(value)}`;
}
