// A dialog over the page: for a definition, for members to choose from, for what is to be copied.
import { html, render } from "../vendor/preact.js";
import { t } from "./words.js";

/** One may stand over another, and each has its own title. */
let count = 0;

/**
 * @param {string} title
 * @param {(close: () => Promise<void>) => unknown} content closing is done once focus is back
 * @param {Element|null} [opener] where focus goes back to
 * @returns {Promise<void>} done once it is closed, whichever way
 */
export function openDialog(title, content, opener = document.activeElement) {
  const box = document.createElement("dialog");
  const id = `dialog-${(count += 1)}`;
  box.setAttribute("aria-labelledby", id);
  document.body.append(box);
  const closed = new Promise((resolve) => box.addEventListener("close", () => {
    render(null, box);
    box.remove();
    if (opener?.isConnected) /** @type {HTMLElement} */ (opener).focus();
    resolve(undefined);
  }));
  const close = () => {
    box.close();
    return closed;
  };
  box.addEventListener("pointerdown", (event) => event.target === box && close());
  render(html`<div class="dialog"><header><h2 id=${id}>${title}</h2><button class="quiet" aria-label=${t("dialog.close")} onClick=${close}>×</button></header>
    ${content(close)}</div>`, box);
  box.showModal();
  return closed;
}

/**
 * Asks before something is done that cannot be taken back; who does nothing stays.
 * @param {string} title what would be done, also on its button
 * @param {string} text
 * @param {string} stay
 * @param {() => void} act
 * @param {Element|null} opener
 */
export function askFirst(title, text, stay, act, opener) {
  const content = (/** @type {() => Promise<void>} */ close) => html`<p>${text}</p><p class="actions"><button autofocus onClick=${close}>${stay}</button>
    <button class="main" onClick=${() => { close(); act(); }}>${title}</button></p>`;
  openDialog(title, content, opener);
}
