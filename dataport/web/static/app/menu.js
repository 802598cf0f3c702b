// A menu beside what was pressed: arrows, first letters, Escape; a step deeper and back. Focus goes into it and comes back.
import { html, render } from "../vendor/preact.js";
import { isRightToLeft, t } from "./words.js";

/**
 * @typedef {object} Item
 * @property {string} label
 * @property {() => void} [act]
 * @property {Item[]|(() => Promise<Item[]>)} [items] what opens in its place
 * @property {string} [why] why it cannot be chosen
 * @property {boolean} [isOn]
 */

/** What takes the open menu away. @type {(() => void)|null} */
let closeOpen = null;

/** @param {Element|null} anchor @param {string} title @param {Item[]} items */
export function openMenu(anchor, title, items) {
  closeOpen?.();
  const box = document.createElement("div");
  box.className = "menu";
  // what is open belongs to the page, and not beside its landmarks
  (document.getElementById("main") ?? document.body).append(box);
  const close = (isBack = true) => {
    if (!box.isConnected) return;
    removeEventListener("pointerdown", outside, true);
    removeEventListener("resize", leave);
    render(null, box);
    box.remove();
    closeOpen = null;
    if (isBack && anchor?.isConnected) /** @type {HTMLElement} */ (anchor).focus();
  };
  const leave = () => close();
  const outside = (/** @type {Event} */ event) => box.contains(/** @type {Node} */ (event.target)) || close(false);
  closeOpen = () => close(false);
  addEventListener("pointerdown", outside, true);
  addEventListener("resize", leave);
  /** @type {Array<{title: string, items: Item[]}>} */
  const path = [{ title, items }];
  const draw = () => {
    render(html`<${Level} path=${path} choose=${choose} back=${back} close=${close} />`, box);
    place(box, anchor);
    box.querySelector("[role^=menuitem]")?.scrollIntoView?.({ block: "nearest" });
    /** @type {HTMLElement|null} */ (box.querySelector("[role^=menuitem]"))?.focus();
  };
  const back = () => {
    if (path.length > 1) {
      path.pop();
      draw();
    } else close();
  };
  const choose = async (/** @type {Item} */ item) => {
    if (item.why) return;
    if (item.items) {
      path.push({ title: item.label, items: typeof item.items === "function" ? await item.items() : item.items });
      draw();
    } else {
      close();
      item.act?.();
    }
  };
  draw();
}

/** @param {{path: Array<{title: string, items: Item[]}>, choose: (item: Item) => void, back: () => void, close: () => void}} props */
function Level({ path, choose, back, close }) {
  const { title, items } = path[path.length - 1];
  const key = (/** @type {any} */ event) => {
    const all = [...event.currentTarget.querySelectorAll("[role^=menuitem]")];
    const here = all.indexOf(document.activeElement);
    const into = isRightToLeft() ? "ArrowLeft" : "ArrowRight", out = isRightToLeft() ? "ArrowRight" : "ArrowLeft";
    const steps = /** @type {Record<string, number>} */ ({ ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 });
    if (event.key in steps) all[(steps[event.key] + all.length) % all.length]?.focus();
    else if (event.key === "Escape" || event.key === out) back();
    else if (event.key === "Tab") close();
    else if (event.key === into) all[here]?.click();
    else if (event.key.length === 1 && /\S/.test(event.key)) {
      const later = [...all.slice(here + 1), ...all.slice(0, here + 1)];
      later.find((one) => one.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
      return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<div class="menuhead" id="menu-title">${title}</div>
    <div role="menu" aria-labelledby="menu-title" onKeyDown=${key}>
    ${path.length > 1 && html`<button role="menuitem" tabindex="-1" class="back" onClick=${back}>‹ ${t("menu.back")}</button>`}
    ${items.map((item) => html`<button role=${item.isOn === undefined ? "menuitem" : "menuitemcheckbox"} tabindex="-1" aria-checked=${item.isOn} aria-disabled=${item.why ? "true" : undefined}
      aria-haspopup=${item.items ? "menu" : undefined} onClick=${() => choose(item)}>
      <span>${item.isOn ? "✓ " : ""}${item.label}</span>${item.items && html`<span aria-hidden="true" class="deeper">›</span>`}${item.why && html`<small>${item.why}</small>`}</button>`)}
    ${!items.length && html`<p class="soft">${t("menu.nothing")}</p>`}
  </div>`;
}

/** Beside what was pressed, and within the window. @param {HTMLElement} box @param {Element|null} anchor */
function place(box, anchor) {
  const at = anchor?.getBoundingClientRect() ?? new DOMRect(20, 20, 0, 0);
  box.style.maxHeight = `${Math.max(160, innerHeight - 16)}px`;
  const { width, height } = box.getBoundingClientRect();
  const left = isRightToLeft() ? at.right - width : at.left;
  const below = at.bottom + 4 + height <= innerHeight;
  box.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  box.style.top = `${below ? at.bottom + 4 : Math.max(8, Math.min(at.top - height - 4, innerHeight - height - 8))}px`;
}
