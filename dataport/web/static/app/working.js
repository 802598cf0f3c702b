// The working list: records are given to somebody to see to, excused until a day, or noted. Whoever may open a record is
// told what was made of it, and nobody else; no number changes by it.
import { html, useState } from "../vendor/preact.js";
import { quality } from "./api.js";
import { openDialog } from "./dialog.js";
import { Listing } from "./listing.js";
import { me } from "./shell.js";
import { Typed } from "./typed.js";
import { t } from "./words.js";

/** @typedef {{ids: string[], kpi: string, purpose: string, again: (done: string) => void}} About */

/** What can be done with the records that are picked. @param {About} props */
export function Working({ ids, kpi, purpose, again }) {
  const [problem, fail] = useState("");
  const made = (/** @type {"assign"|"excuse"|"note"} */ what, /** @type {object} */ more) => quality.make(what, { kpi, ids, purpose, ...more }).then(({ records }) => {
    fail("");
    again(t("work.done", { n: records }));
  }, (failure) => fail(failure.message || t("problem.offline")));
  const button = (/** @type {"assign"|"excuse"|"note"} */ what) => html`<button disabled=${!ids.length} onClick=${(/** @type {any} */ event) => openForm(what, event.currentTarget, made)}>${t(`work.${what}`)}</button>`;
  return html`<span class="small">${t("work.picked", { n: ids.length })}</span>${button("assign")}
    <button disabled=${!ids.length} onClick=${() => made("assign", { to: null })}>${t("work.take_back")}</button>${button("excuse")}${button("note")}
    ${problem && html`<p class="problem" role="alert" lang="en">${problem}</p>`}`;
}

/** @param {"assign"|"excuse"|"note"} what @param {Element} opener @param {(what: any, more: object) => void} made */
function openForm(what, opener, made) {
  openDialog(t(`work.${what}`), (close) => html`<form method="dialog" onSubmit=${(/** @type {any} */ event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.currentTarget));
    close();
    made(what, given);
  }}>
    ${what === "assign" && html`<label class="field"><span>${t("work.to")}</span><${Typed} name="to" required maxlength="200" dir="ltr" autofocus value=${me.value?.login} /></label>`}
    ${what === "excuse" && html`<label class="field"><span>${t("work.reason")}</span><textarea name="reason" required maxlength="2000" rows="3" autofocus></textarea></label>
      <label class="field"><span>${t("work.until")}</span><input type="date" name="until" required min=${today()} /></label><p class="small">${t("work.still_counted")}</p>`}
    ${what === "note" && html`<label class="field"><span>${t("work.said")}</span><textarea name="said" required maxlength="2000" rows="3" autofocus></textarea></label>`}
    <p class="actions"><button class="main">${t("form.done")}</button></p></form>`, opener);
}

const today = () => new Date().toISOString().slice(0, 10);

/** What was made of all records that the account may open. */
export function WorkingList() {
  const [mine, only] = useState(true);
  return html`<label class="tick"><input type="checkbox" checked=${mine} onChange=${(/** @type {any} */ event) => only(event.currentTarget.checked)} /> ${t("work.mine")}</label>
    <${Listing} key=${mine} title=${t("quality.part_work")} load=${(/** @type {string} */ purpose) => quality.work({ purpose, mine })} />`;
}
