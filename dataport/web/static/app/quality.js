// Data quality: every KPI with its target and how it went, units in the order of their scores, and the working list. Each
// KPI has a page of its own.
import { html, useEffect, useState } from "../vendor/preact.js";
import { go, route, to } from "./address.js";
import { quality } from "./api.js";
import { mayOpen } from "./drill.js";
import { Later } from "./tile.js";
import { announce } from "./shell.js";
import { styled } from "./styles.js";
import { Typed } from "./typed.js";
import { day, number, t } from "./words.js";

styled("ask");

/** @typedef {{name: string, label: string, dimension: string, severity: string, numerator: number|null, denominator: number|null, value: number|null, target: number, trend: Array<{as_of: string, value: number|null}>, indicator: string, better: string, meets_target: boolean|null, is_permitted: boolean, is_small: boolean, rank: {place: number, of: number}|null, lists_records: boolean, moved: number|null, improved: number}} Line */
/** @typedef {{kpis: Line[], score: number|null, as_of: string, scope: string, notes: string[], where: string[]}} Card */

/** @param {number} value */
export const percent = (value) => number(value, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** How far a KPI is from its target. @param {Line} one */
const gap = (one) => (one.value === null || one.meets_target ? -1 : Math.abs(one.value - one.target));

/** Orders of a scorecard. @type {Record<string, (a: Line, b: Line) => number>} */
const ORDERS = {
  worst: (a, b) => gap(b) - gap(a),
  improved: (a, b) => b.improved - a.improved,
  worsened: (a, b) => a.improved - b.improved,
  name: () => 0,
};
const PARTS = /** @type {const} */ (["kpis", "units", "work"]);

export function Page() {
  const { name, params } = route.value;
  const unit = params.get("unit") ?? "", as_of = params.get("as_of") ?? "";
  const [state, take] = useState({ card: /** @type {Card|null} */ (null), problem: "" });
  useEffect(() => {
    const control = new AbortController();
    quality.scorecard(Object.fromEntries(whose(unit, as_of)), control.signal).then((card) => {
      take({ card, problem: "" });
      announce(t("quality.ready"));
    }, (failure) => control.signal.aborted || take({ card: null, problem: failure.message || t("problem.offline") }));
    return () => control.abort();
  }, [unit, as_of]);
  const { card } = state;
  const kpi = card?.kpis.find((one) => one.name === name);
  const part = name === "units" || (name === "work" && mayOpen()) ? name : "kpis";
  const within = whose(unit, as_of);
  const find = (/** @type {any} */ event) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    go(to("quality", name, whose(String(given.get("unit") ?? ""), String(given.get("as_of") ?? ""))));
  };
  const problem = state.problem && html`<p class="problem said" role="alert" lang="en">${state.problem}</p>`;
  const waiting = !card && !state.problem && html`<p class="waiting"></p>`;
  if (kpi && card) return html`<${Later} load=${() => import("./kpi.js")} name="KpiPage" kpi=${kpi} card=${card} unit=${unit} as_of=${as_of} />`;
  return html`<div class="why">
    <div class="head"><div class="titled"><h1>${t("quality.title")}</h1></div>
      ${card && html`<p>${day(card.as_of)} · <span lang="en">${card.scope}</span>${card.score !== null && ` · ${t("quality.score", { score: percent(card.score) })}`}</p>`}</div>
    <nav class="tabs" aria-label=${t("quality.parts")}>${PARTS.filter((one) => one !== "work" || mayOpen()).map((one) => html`<a href=${to("quality", one === "kpis" ? "" : one, within)} aria-current=${one === part ? "page" : undefined}>${t(`quality.part_${one}`)}</a>`)}</nav>
    ${part !== "work" && html`<form class="options noprint" onSubmit=${find}><label class="field"><span>${t("quality.unit")}</span><${Typed} name="unit" dir="ltr" value=${unit} /></label>
      <label class="field"><span>${t("options.on")}</span><${Typed} type="date" name="as_of" value=${as_of} /></label><button>${t("quality.show")}</button>${unit && html`<a href=${to("quality", name, whose("", as_of))}>${t("quality.all_units")}</a>`}</form>`}
    ${problem}${waiting}
    ${card && part === "kpis" && html`<${CardView} card=${card} within=${within} />`}
    ${card && part === "units" && html`<${Later} load=${() => import("./units.js")} name="Units" key=${String(within)} card=${card} as_of=${as_of} />`}
    ${part === "work" && html`<${Later} load=${() => import("./working.js")} name="WorkingList" />`}
  </div>`;
}

/** Of which unit and which day, as words of an address; of all that one may count, and of the last day, where it is not said. @param {string} unit @param {string} as_of */
export const whose = (unit, as_of) => new URLSearchParams([["unit", unit], ["as_of", as_of]].filter(([, one]) => one));

/** @param {{card: Card, within: URLSearchParams}} props */
function CardView({ card, within }) {
  const [order, choose] = useState("worst");
  const lines = [...card.kpis].sort((a, b) => ORDERS[order](a, b) || a.name.localeCompare(b.name));
  const missed = card.kpis.filter((one) => one.meets_target === false).length;
  // that nothing was judged is the first note, and said before the table instead of how many miss their target
  const is_empty = !card.kpis.some((one) => one.denominator), notes = card.notes.slice(is_empty ? 1 : 0);
  return html`<div class="result"><header><p class="asked">${is_empty ? html`<span lang="en">${card.notes[0]}</span>` : t("quality.missed_count", { missed: number(missed), all: number(card.kpis.length) })}</p>
      <label class="field beside noprint"><span>${t("quality.order")}</span><select value=${order} onChange=${(/** @type {any} */ event) => choose(event.currentTarget.value)}>${Object.keys(ORDERS).map((one) => html`<option value=${one}>${t(`quality.order_${one}`)}</option>`)}</select></label></header>
    <div class="scroll" tabindex="0" role="region" aria-label=${t("quality.title")}><table class="card">
    <thead><tr>${["kpi", "value", "target", "failing", "trend", "moved"].map((one) => html`<th scope="col" class=${["kpi", "trend"].includes(one) ? "" : "number"}>${t(`quality.${one}`)}</th>`)}</tr></thead>
    <tbody>${lines.map((one) => html`<tr><th scope="row"><a href=${to("quality", one.name, within)} lang="en">${one.label}</a> <small class="soft" lang="en">${one.name} · ${one.dimension} · ${one.severity}</small></th>
      <td class="number"><${Value} kpi=${one} /></td>
      <td class="number">${percent(one.target)} <${Met} kpi=${one} /></td>
      <td class="number">${one.numerator === null ? "" : counted(one)}</td>
      <td><${Trend} points=${one.trend} /></td>
      <td class="number"><${Moved} kpi=${one} /></td></tr>`)}</tbody>
  </table></div>${notes.length > 0 && html`<ul class="foot" lang="en">${notes.map((one) => html`<li>${one}</li>`)}</ul>`}</div>`;
}

/** Of how many records the check fails; one that is the better the higher counts what is filled, by its weight, and no records. @param {Line} kpi */
const counted = (kpi) => t(kpi.better === "higher" ? "quality.of_points" : "quality.of", { failing: number(kpi.numerator ?? 0), all: number(kpi.denominator ?? 0) });

/** @param {{kpi: Line}} props */
export function Value({ kpi }) {
  if (kpi.value !== null) return html`${percent(kpi.value)}${kpi.is_small ? html`<span title=${t("mark.not_for_release")}>*<span class="unseen"> ${t("mark.not_for_release")}</span></span>` : ""}`;
  const said = t(kpi.is_permitted ? "mark.unknown" : "mark.not_permitted");
  return html`<span title=${said}>${kpi.is_permitted ? t("cell.unknown") : ":"}<span class="unseen"> ${said}</span></span>`;
}

/** @param {{kpi: Line}} props */
export const Met = ({ kpi }) => html`<span class=${kpi.meets_target === false ? "problem" : "soft"}>${kpi.meets_target === null ? "" : t(kpi.meets_target ? "quality.met" : "quality.missed")}</span>`;

/** How far it moved in the months of its trend, and whether that is the right way. @param {{kpi: Line}} props */
export function Moved({ kpi }) {
  if (kpi.moved === null) return html`<span class="soft">–</span>`;
  const way = kpi.improved > 0.0005 ? "better" : kpi.improved < -0.0005 ? "worse" : "same";
  const points = t("cell.points", { value: number(kpi.moved * 100, { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero" }) });
  return html`${points} <span class=${way === "worse" ? "problem" : "soft"}>${t(`quality.${way}`)}</span>`;
}

/** Twelve months in the space of a word; each is said in the title. @param {{points: Line["trend"]}} props */
function Trend({ points }) {
  const known = points.filter((one) => one.value !== null);
  if (known.length < 2) return html`<span class="soft">–</span>`;
  const values = known.map((one) => Number(one.value)), least = Math.min(...values), most = Math.max(...values);
  const at = (/** @type {number} */ value, /** @type {number} */ place) => `${(place / (known.length - 1)) * 86 + 2},${18 - ((value - least) / (most - least || 1)) * 14}`;
  const said = known.map((one) => `${day(one.as_of)} ${percent(Number(one.value))}`).join("; ");
  return html`<svg class="spark" viewBox="0 0 90 20" role="img" aria-label=${said}><title>${said}</title><polyline fill="none" stroke="var(--c1)" stroke-width="2" points=${values.map(at).join(" ")} /></svg>`;
}
