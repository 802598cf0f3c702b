// A filter as it is typed, for what no list of members says: `active_individuals >= 100`, `age between 5 and 11 and sex = 'F'`.
import { html, useState } from "../vendor/preact.js";
import { openDialog } from "./dialog.js";
import { t } from "./words.js";

/** @param {Element} anchor @param {string} where @param {(next: string) => void} done */
export function openCondition(anchor, where, done) {
  openDialog(t("condition.title"), (close) => html`<${Condition} where=${where} done=${(/** @type {string} */ next) => {
    close();
    done(next);
  }} />`, anchor);
}

/** @param {{where: string, done: (next: string) => void}} props */
function Condition({ where, done }) {
  const [text, write] = useState(where);
  return html`<form method="dialog" onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    if (text.trim()) done(text.trim());
  }}>
    <label class="field"><span>${t("condition.how")}</span><textarea rows="3" dir="ltr" autofocus value=${text} onInput=${(/** @type {any} */ event) => write(event.currentTarget.value)}></textarea></label>
    <p class="small"><code dir="ltr">active_individuals >= 100</code> · <code dir="ltr">age between 5 and 11 and sex = 'F'</code> · <code dir="ltr">not (location is unknown)</code></p>
    <p class="actions"><button class="main">${t("condition.apply")}</button></p>
  </form>`;
}
