// Questions that are kept under a name: asked again, shared, starred. What is kept is the question, and no number.
import { html, useEffect, useState } from "../vendor/preact.js";
import { to, toParams } from "./address.js";
import { kept as questions } from "./api.js";
import { said } from "./copying.js";
import { openDialog } from "./dialog.js";
import { openSharing } from "./sharing.js";
import { announce } from "./shell.js";
import { t } from "./words.js";

/** @typedef {import("./types.js").Question} Question */
/** @typedef {{number: number, version: number, name: string, description: string, question: Question, owner: string, is_mine: boolean, is_starred: boolean, sharing: import("./sharing.js").Shared|null}} Kept */

/** @param {Element} anchor @param {Question} question */
export function openKeeping(anchor, question) {
  openDialog(t("kept.keep"), (close) => html`<${Keeping} question=${question} close=${close} />`, anchor);
}

/** @param {{question: Question, close: () => void}} props */
function Keeping({ question, close }) {
  const [all, take] = useState(/** @type {Kept[]} */ ([]));
  const [name, write] = useState("");
  const [problem, fail] = useState("");
  useEffect(() => {
    questions.list().then((told) => take(told.questions), () => null);
  }, []);
  const before = all.find((one) => one.is_mine && one.name === name.trim());
  const keep = (/** @type {any} */ event) => {
    event.preventDefault();
    const given = { name: name.trim(), description: String(new FormData(event.currentTarget).get("description") ?? ""), question: said(question) };
    const kept = before ? questions.change(before.number, { ...given, since: before.version }) : questions.keep(given);
    kept.then(() => {
      close();
      announce(t("kept.done", { name: given.name }));
    }, (failure) => fail(failure.message || t("problem.offline")));
  };
  return html`<form method="dialog" onSubmit=${keep}>
    <label class="field"><span>${t("kept.name")}</span><input required autofocus maxlength="200" value=${name} onInput=${(/** @type {any} */ event) => write(event.currentTarget.value)} /></label>
    <label class="field"><span>${t("kept.about")}</span><textarea name="description" rows="2" maxlength="2000"></textarea></label>
    ${before && html`<p class="small" role="status">${t("kept.again")}</p>`}
    ${problem && html`<p class="problem" role="alert" lang="en">${problem}</p>`}
    <p class="actions"><button class="main">${t("kept.keep")}</button></p></form>`;
}

/** @param {Element} anchor */
export function openKept(anchor) {
  openDialog(t("kept.title"), (close) => html`<${List} close=${close} />`, anchor);
}

/** @param {{close: () => void}} props */
function List({ close }) {
  const [all, take] = useState(/** @type {Kept[]|null} */ (null));
  const [problem, fail] = useState("");
  const failed = (/** @type {Error} */ failure) => fail(failure.message || t("problem.offline"));
  const read = () => questions.list().then((told) => take(told.questions), failed);
  useEffect(() => {
    read();
  }, []);
  const act = (/** @type {Promise<unknown>} */ done) => done.then(read, failed);
  const button = (/** @type {string} */ sign, /** @type {string} */ label, /** @type {(event: any) => void} */ press, /** @type {boolean|undefined} */ isOn) => html`<button class="quiet" aria-label=${label} aria-pressed=${isOn} title=${label} onClick=${press}>${sign}</button>`;
  return html`${problem && html`<p class="problem" role="alert" lang="en">${problem}</p>`}
    ${!all && !problem && html`<p class="waiting" aria-hidden="true"></p>`}
    ${all && !all.length && html`<p class="soft">${t("kept.none")}</p>`}
    ${all && all.length > 0 && html`<ul class="kept">${all.map((one) => html`<li key=${one.number}>
      ${button(one.is_starred ? "★" : "☆", `${t("board.star")}: ${one.name}`, () => act(questions.star(one.number, !one.is_starred)), one.is_starred)}
      <a href=${to("ask", "", toParams(one.question))} onClick=${close}>${one.name}</a>
      <span class="small grow">${[one.description, one.is_mine ? "" : t("board.by", { owner: one.owner })].filter(Boolean).join(" · ")}</span>
      ${one.is_mine && button(t("board.share"), `${t("board.share")}: ${one.name}`, (event) => openSharing(event.currentTarget, one.sharing, (next) => questions.share(one.number, next).then(read)), undefined)}
      ${one.is_mine && button("×", `${t("board.remove")}: ${one.name}`, () => act(questions.remove(one.number)), undefined)}</li>`)}</ul>`}`;
}
