// With whom a thing is shared: its owner says so, and whoever opens it asks with their own rights.
import { html, useState } from "../vendor/preact.js";
import { openDialog } from "./dialog.js";
import { t } from "./words.js";

/** @typedef {{shared_with: string, name: string|null}} Shared */

const WITH = /** @type {const} */ (["nobody", "account", "role", "unit", "everybody"]);

/** @param {Element} anchor @param {Shared|null|undefined} before @param {(next: Shared) => Promise<unknown>} share */
export function openSharing(anchor, before, share) {
  openDialog(t("board.share"), (close) => html`<${Sharing} before=${before} share=${(/** @type {Shared} */ next) => share(next).then(close)} />`, anchor);
}

/** @param {{before: Shared|null|undefined, share: (next: Shared) => Promise<void>}} props */
function Sharing({ before, share }) {
  const [kind, choose] = useState(before?.shared_with ?? "nobody");
  const [name, write] = useState(before?.name ?? "");
  const [problem, fail] = useState("");
  const isNamed = kind !== "nobody" && kind !== "everybody";
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    share({ shared_with: kind, name: isNamed ? name : null }).catch((failure) => fail(failure.message || t("problem.offline")));
  };
  return html`<form method="dialog" onSubmit=${submit}>
    <label class="field"><span>${t("share.with")}</span><select value=${kind} onChange=${(/** @type {any} */ event) => choose(event.currentTarget.value)}>${WITH.map((one) => html`<option value=${one}>${t(`share.${one}`)}</option>`)}</select></label>
    ${isNamed && html`<label class="field"><span>${t("share.name")}</span><input required value=${name} dir="ltr" onInput=${(/** @type {any} */ event) => write(event.currentTarget.value)} /></label>`}
    <p class="small">${t("share.rights")}</p>
    ${problem && html`<p class="problem" role="alert" lang="en">${problem}</p>`}
    <p class="actions"><button class="main">${t("form.done")}</button></p></form>`;
}
