// What a tile is: a number, a picture, a table, or a text. Its question is chosen here, or comes from the page for asking by its link.
import { html, useEffect, useState } from "../vendor/preact.js";
import { catalog } from "./api.js";
import { said } from "./copying.js";
import { openDialog } from "./dialog.js";
import { GRAINS, asked, readPlan } from "./plan.js";
import { spoken, t } from "./words.js";

/** @typedef {import("./types.js").Tile} Tile */

const CHARTS = ["bars", "stacked", "share", "lines", "pyramid", "heat", "map", "table"];
const KINDS = /** @type {const} */ (["number", "kpi", "chart", "change", "text"]);

/** @param {Element} anchor @param {Tile|null} tile @param {(tile: Tile) => void} done */
export function openTileForm(anchor, tile, done) {
  openDialog(t(tile ? "arrange.edit" : "arrange.add"), (close) => html`<${Form} tile=${tile} done=${(/** @type {Tile} */ next) => {
    close().then(() => done(next));
  }} />`, anchor);
}

/** What of a question a tile of a kind asks: two days have no period, and one number no breakdown. @param {Tile["kind"]} kind @param {import("./types.js").Question} question @returns {import("./types.js").Question} */
function askOf(kind, { indicators, where, geography, as_of, compare, ...more }) {
  if (kind === "kpi") return said({ indicators: indicators.slice(0, 1), where, geography, as_of, compare: compare ?? "month-ago" });
  if (kind === "change") return said({ indicators: indicators.slice(0, 1), where, geography, as_of, compare: compare ?? "month-ago", by: more.by, totals: more.totals });
  return said({ indicators, where, geography, as_of, compare, ...more });
}

/** @param {{tile: Tile|null, done: (tile: Tile) => void}} props */
function Form({ tile, done }) {
  const [known, take] = useState(/** @type {import("./types.js").Catalog|null} */ (null));
  const [kind, setKind] = useState(/** @type {Tile["kind"]} */ (tile?.kind === "table" ? "chart" : tile?.kind ?? "number"));
  const [title, setTitle] = useState(spoken(tile?.title));
  const [text, setText] = useState(spoken(tile?.text));
  const [chart, setChart] = useState(tile?.kind === "table" ? "table" : tile?.chart ?? "bars");
  const [question, ask] = useState(/** @type {import("./types.js").Question} */ (tile?.ask ?? { indicators: ["active_individuals"] }));
  useEffect(() => {
    catalog().then(take, () => null);
  }, []);
  const chosen = known?.indicators.find((one) => one.name === question.indicators[0]);
  const label = title.trim() || (kind === "text" ? t("kind.text") : chosen?.label) || "";
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const shared = { id: tile?.id ?? "new", kind, title: tile && title === spoken(tile.title) ? tile.title : label, place: tile?.place ?? /** @type {Tile["place"]} */ ([0, 0, 6, 4]) };
    done(kind === "text" ? { ...shared, text } : { ...shared, ask: askOf(kind, question), ...(kind === "chart" ? { chart } : {}) });
  };
  const fromLink = (/** @type {string} */ link) => {
    const params = new URLSearchParams(link.split("?").pop() ?? ""), plan = readPlan(params);
    if (!plan.question.indicators.length) return;
    const [compare, as_of] = (params.get("between") ?? "").split("..");
    if (as_of) {
      setKind("change");
      ask({ ...plan.question, compare, as_of });
      return;
    }
    ask(asked(plan));
    if (CHARTS.includes(plan.view)) setChart(plan.view);
  };
  const select = (/** @type {string} */ word, /** @type {string} */ value, /** @type {Array<[string, string]>} */ options, /** @type {(value: string) => void} */ choose) => html`<label class="field"><span>${t(word)}</span>
    <select value=${value} onChange=${(/** @type {any} */ event) => choose(event.currentTarget.value)}>${options.map(([one, name]) => html`<option value=${one}>${name}</option>`)}</select></label>`;
  const choose = (/** @type {string} */ next) => {
    setKind(/** @type {Tile["kind"]} */ (next));
    const kpi = known?.indicators.find((one) => /^kpi_k\d+$/.test(one.name));
    if (next === "kpi" && kpi && !/^kpi_k\d+$/.test(question.indicators[0])) ask({ indicators: [kpi.name] });
  };
  const levels = (known?.breakdowns ?? []).filter((one) => chosen?.breakdowns.includes(one.name) && !GRAINS.includes(one.name));
  const byAt = (/** @type {number} */ place, /** @type {string} */ name) => {
    const by = [...(question.by ?? [])];
    if (name) by[place] = name;
    else by.splice(place, 1);
    ask({ ...question, by: [...new Set(by.filter(Boolean))] });
  };
  return html`<form method="dialog" onSubmit=${submit}>
    <label class="field"><span>${t("form.title")}</span><input value=${title} maxlength="200" placeholder=${label} onInput=${(/** @type {any} */ event) => setTitle(event.currentTarget.value)} /></label>
    ${select("form.kind", kind, KINDS.map((one) => [one, t(`kind.${one}`)]), choose)}
    ${kind === "text" ? html`<label class="field"><span>${t("form.text")}</span><textarea rows="4" maxlength="2000" value=${text} onInput=${(/** @type {any} */ event) => setText(event.currentTarget.value)}></textarea></label>` : html`
      ${select("form.number", question.indicators[0] ?? "", (known?.indicators ?? []).filter((one) => (kind !== "kpi" || /^kpi_k\d+$/.test(one.name)) && (!one.part_of || one.name === question.indicators[0])).map((one) => [one.name, one.label]), (one) => ask({ ...question, indicators: [one] }))}
      ${kind === "chart" && html`
        ${select("form.by", question.by?.[0] ?? "", [["", "–"], ...levels.map((one) => /** @type {[string, string]} */ ([one.name, one.label]))], (one) => byAt(0, one))}
        ${(question.by?.length ?? 0) > 0 && select("form.and_by", question.by?.[1] ?? "", [["", "–"], ...levels.map((one) => /** @type {[string, string]} */ ([one.name, one.label]))], (one) => byAt(1, one))}
        ${select("form.grain", question.grain ?? "", [["", "–"], ...GRAINS.map((one) => /** @type {[string, string]} */ ([one, t(`grains.${one}`)]))], (one) => ask({ ...question, grain: one || undefined, period: one ? question.period ?? "last-12-months" : undefined }))}
        ${select("form.chart", chart, CHARTS.map((one) => [one, t(`view.${one}`)]), setChart)}`}
      <label class="field"><span>${t("form.link")}</span><input dir="ltr" onChange=${(/** @type {any} */ event) => fromLink(event.currentTarget.value)} /></label>`}
    <p class="actions"><button class="main">${t("form.done")}</button></p>
  </form>`;
}
