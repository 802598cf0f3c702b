// What stands around every page: who asks, of what and how fresh it is, where one can go, in which language and light.
import { html, signal } from "../vendor/preact.js";
import { route, to } from "./address.js";
import { signOut } from "./api.js";
import { LANGUAGES, ago, day, language, speak, t } from "./words.js";

/** Who is signed in. @type {import("../vendor/preact.js").Signal<import("./types.js").Session|null>} */
export const me = signal(null);
/** How fresh the figures are. @type {import("../vendor/preact.js").Signal<Record<string, any>|null>} */
export const freshness = signal(null);
/** Of what the last answer was, in words of the service. */
export const scope = signal("");

const spokenNow = signal("");
/** Tell a screen reader what has happened. @param {string} text */
export function announce(text) {
  // the same words twice are said twice
  spokenNow.value = spokenNow.value === text ? `${text}\u00a0` : text;
}

/** Keep a choice of how pages look in the address, before the `#`, and in no storage. @param {string} name @param {string} value */
function keep(name, value) {
  const search = new URLSearchParams(location.search);
  search.set(name, value);
  history.replaceState(null, "", `?${search}${location.hash}`);
}

/** @param {string} code */
async function chooseLanguage(code) {
  keep("lang", code);
  await speak(code);
  announce(t("shell.language_chosen", { language: LANGUAGES[code] }));
}

/** Light or dark, as the address says; as the machine is set where it says nothing. */
export function applyTheme() {
  const said = new URLSearchParams(location.search).get("theme");
  if (said === "light" || said === "dark") document.documentElement.dataset.theme = said;
}

function turnLight() {
  const isDark = getComputedStyle(document.documentElement).colorScheme === "dark" || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  keep("theme", isDark ? "light" : "dark");
  applyTheme();
  announce(t(isDark ? "shell.light" : "shell.dark"));
}

/** Whether somebody has signed out: they leave, whatever is not saved. */
export let isLeaving = false;

async function leave() {
  await signOut().catch(() => null);
  // a page that is loaded anew holds nothing of what was seen
  isLeaving = true;
  location.replace(location.pathname);
}

const PAGES = /** @type {const} */ (["look", "ask", "why", "quality"]);

/** @param {{children: unknown}} props */
export function Shell({ children }) {
  const known = freshness.value;
  const here = route.value.page;
  return html`
    <a class="skip" href="#main" onClick=${skipTo("main")}>${t("shell.skip")}</a>
    <header class="top">
      <a class="brand" href=${to("look")}>Dataport</a>
      <nav aria-label=${t("shell.pages")}>
        ${PAGES.filter((page) => page !== "quality" || me.value?.viewer_class !== "statistics").map((page) => html`<a href=${to(page)} aria-current=${here === page ? "page" : undefined}>${t(`page.${page}`)}</a>`)}
      </nav>
      <p class="fresh" title=${scope.value}>
        ${known?.watermark && html`<span>${t("shell.known_until", { day: day(known.watermark) })}</span>`}
        ${known?.last_refresh && html`<span>${t("shell.refreshed", { ago: ago(known.last_refresh) })}</span>`}
        ${scope.value && html`<span class="scope" lang="en">${scope.value}</span>`}
      </p>
      <div class="mine">
        <${LanguageChoice} />
        <button class="quiet" onClick=${turnLight} aria-label=${t("shell.turn_light")} title=${t("shell.turn_light")}>◐</button>
        <span class="login" title=${me.value?.login}>${me.value?.login}</span>
        <button class="quiet" onClick=${leave}>${t("shell.sign_out")}</button>
      </div>
    </header>
    <main id="main" tabindex="-1">${children}</main>
    <${Live} />`;
}

/** What is said aloud to who cannot see the page. */
export const Live = () => html`<div class="unseen" role="status" aria-live="polite">${spokenNow.value}</div>`;

/** A link inside the page would change the address: move there by hand. @param {string} id */
const skipTo = (id) => (/** @type {Event} */ event) => {
  event.preventDefault();
  document.getElementById(id)?.focus();
};

export function LanguageChoice() {
  const chosen = (/** @type {any} */ event) => chooseLanguage(event.currentTarget.value);
  return html`<label class="language"><span class="unseen">${t("shell.language")}</span>
    <select value=${language.value} onChange=${chosen}>
      ${Object.entries(LANGUAGES).map(([code, name]) => html`<option value=${code} lang=${code}>${name}</option>`)}
    </select></label>`;
}
