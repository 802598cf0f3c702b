// The start: who asks, in which language, and which page. Pages are fetched when somebody goes there.
import { html, render, signal, useEffect } from "../vendor/preact.js";
import { route } from "./address.js";
import { session, status } from "./api.js";
import { Shell, announce, applyTheme, freshness, me } from "./shell.js";
import { speak, t, wanted } from "./words.js";

/** @type {Record<string, () => Promise<{Page: unknown}>>} */
const PAGES = {
  look: () => import("./look.js"),
  ask: () => import("./ask.js"),
  why: () => import("./why.js"),
  quality: () => import("./quality.js"),
  records: () => import("./records.js"),
};

/** The page that is shown. @type {import("../vendor/preact.js").Signal<{name: string, Page: any}|null>} */
const shown = signal(null);
const failed = signal("");

const wantedNow = () => (route.value.page in PAGES ? route.value.page : "look");

async function open() {
  const name = wantedNow();
  if (shown.value?.name === name) return;
  const { Page } = await PAGES[name]();
  // on a slow line somebody has gone elsewhere meanwhile, or back
  if (name === wantedNow()) shown.value = { name, Page };
}

function App() {
  const current = shown.value;
  useEffect(() => {
    if (!current) return;
    document.title = `${t(`page.${current.name}`)} · Dataport`;
    announce(t(`page.${current.name}`));
  }, [current?.name]);
  useEffect(() => {
    open().catch((failure) => (failed.value = String(failure.message)));
  }, [route.value]);
  if (failed.value) return html`<main class="starting"><p role="alert">${t("problem.page", { why: failed.value })}</p></main>`;
  return html`<${Shell}>${current ? html`<${current.Page} />` : html`<p class="starting">…</p>`}<//>`;
}

async function start() {
  applyTheme();
  const root = /** @type {HTMLElement} */ (document.getElementById("app"));
  // all three at once: on a slow line each step back and forth costs more than what it carries
  const [found] = await Promise.all([session().catch((failure) => failure), speak(wanted()), PAGES[wantedNow()]()]);
  root.textContent = "";
  if (!(found instanceof Error) && found.login) {
    me.value = found;
    status().then((told) => (freshness.value = told), () => null);
    render(html`<${App} />`, root);
    return;
  }
  const { SignIn } = await import("./signin.js");
  render(html`<${SignIn} ways=${found instanceof Error ? [] : found.ways ?? []} problem=${found instanceof Error ? found : null} />`, root);
}

// a browser that goes back may show a page as it was left: who signed out, or somebody else, is to be asked for anew
addEventListener("pageshow", (event) => event.persisted && location.reload());
start();
