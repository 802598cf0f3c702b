// One tile of a dashboard: a number with what it was before, a chart with its table, or a text. Each says its date, its
// scope and the age of the data, and leads on: to its definition, to why it moved, to asking further.
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { cell, plain } from "./cells.js";
import { described } from "./filters.js";
import { freshness } from "./shell.js";
import { ago, day, spoken, t } from "./words.js";

/** @typedef {import("./answer.js").Answer} Answer */

/** Pictures are fetched once a first number stands there, or all answers do: on a slow line neither holds up the other. @type {() => void} */
export let begin = () => undefined;
const begun = new Promise((resolve) => (begin = () => resolve(undefined)));
const picture = () => begun.then(() => import("./chart/chart.js"));
/** @typedef {{answer: Answer|null, problem: {message: string, code: string}|null, left: string[], replaced?: string[], asked?: import("./types.js").Question, alone?: boolean}} Result `left`: filters that it cannot have; `replaced`: filters of its own that those of the dashboard took the place of; `asked`: the question with those that it has; `alone`: what it would be compared with is outside history */

/**
 * @param {{tile: import("./types.js").Tile, result: Result|undefined, isOld: boolean, onPick?: (where: string, said: string) => void}} props
 */
export function TileView({ tile, result, isOld, onPick }) {
  const title = spoken(tile.title);
  // what a number leads to is asked under the same filters as the number
  const question = result?.asked ?? tile.ask;
  const id = `tile-${tile.id}`;
  return html`
    <article class=${`tile ${tile.kind}${isOld ? " old" : ""}`} aria-labelledby=${id} aria-busy=${isOld}>
      <header><h2 id=${id}>${title}</h2>${tile.kind !== "text" && html`<${Menu} tile=${tile} title=${title} result=${result} question=${question} />`}</header>
      <${Body} tile=${tile} result=${result} title=${title} question=${question} onPick=${onPick} />
      ${result?.answer && html`<${Foot} answer=${result.answer} isChange=${tile.kind === "change"} question=${question} left=${result.left} replaced=${result.replaced ?? []} />`}
    </article>`;
}

/** @param {{tile: import("./types.js").Tile, result: Result|undefined, title: string, question: import("./types.js").Question|undefined, onPick: any}} props */
function Body({ tile, result, title, question, onPick }) {
  if (tile.kind === "text") return html`<p class="said">${spoken(tile.text)}</p>`;
  if (!result) return html`<p class="waiting" aria-hidden="true"></p>`;
  if (result.problem) {
    const { code, message } = result.problem;
    // what is never there for an account is no trouble, and is said in few words; what it means stands above, once
    if (code === "not_protected" || code === "outside_history") return html`<p class="soft">${t(`problem.${code}`)}</p>`;
    return html`<p class="problem" lang="en">${t(`problem.${code}`) === `problem.${code}` ? message : t(`problem.${code}`)}</p>`;
  }
  const answer = /** @type {Answer} */ (result.answer);
  if (tile.kind === "kpi" && !answer.levels.length) return html`<${NumberBody} answer=${answer} question=${question} alone=${Boolean(result.alone)} /><${Later} load=${() => begun.then(() => import("./target.js"))} name="Target" answer=${answer} question=${question ?? tile.ask} />`;
  if (tile.kind === "change") return html`<${Later} load=${picture} name="Chart" answer=${answer} kind="waterfall" title=${title} question=${question} />`;
  // the first of several numbers would be taken for all of them: such an answer is a picture, or a table
  if (tile.kind === "number" && !answer.levels.length) return html`<${NumberBody} answer=${answer} question=${question} alone=${Boolean(result.alone)} />`;
  return html`<${Later} load=${picture} name="Chart" answer=${answer} kind=${tile.kind === "table" ? "table" : tile.chart ?? "bars"} title=${title} question=${question} onPick=${onPick} />`;
}

/** A part that is fetched when it is first wanted. @param {{load: () => Promise<any>, name: string} & Record<string, unknown>} props */
export function Later({ load, name, ...given }) {
  const [Part, take] = useState(/** @type {any} */ (null));
  useEffect(() => {
    load().then((module) => take(() => module[name]));
  }, []);
  return Part ? html`<${Part} ...${given} />` : html`<p class="waiting" aria-hidden="true"></p>`;
}

/** The numbers of an answer without breakdowns, the first of them large. @param {{answer: Answer, question: import("./types.js").Question|undefined, alone: boolean}} props */
function NumberBody({ answer, question, alone }) {
  useEffect(() => {
    requestAnimationFrame(() => setTimeout(begin));
  }, []);
  const row = answer.rows[0];
  if (!row) return html`<p class="figure none">${t("answer.empty")}</p>`;
  const column = answer.numbers[0];
  const told = cell(row.values[answer.at(column.name)], column, row.codes[column.name]);
  return html`
    <p class=${`figure ${told.kind}`}><span class="value">${told.text}</span>${told.said && html` <span class="mark">${told.said}</span>`}</p>
    ${alone ? html`<p class="difference">${t("tile.no_comparison", { why: cell(null, column, "outside_history").said })}</p>` : html`<${Difference} answer=${answer} question=${question} row=${row} column=${column} />`}`;
}

/** How a number stands beside that of an earlier day. @param {{answer: Answer, question: import("./types.js").Question|undefined, row: import("./answer.js").Row, column: import("./types.js").Column}} props */
function Difference({ answer, question, row, column }) {
  const change = answer.numbers.find((one) => one.name === `${column.name}_change`);
  if (!change) return null;
  const value = row.values[answer.at(change.name)];
  const { as_of: since, flows } = answer.meta.compared_with ?? {};
  if (value === null) {
    const why = cell(null, change, row.codes[change.name]);
    return html`<p class="difference">${t("tile.no_comparison", { why: why.said })}</p>`;
  }
  const way = Number(value) > 0 ? "▲" : Number(value) < 0 ? "▼" : "=";
  const moved = plain(Number(value), change);
  // what is counted over days stands beside that of other days, and did not become so since one
  const [first, last] = question?.period && flows ? flows.split("..") : [];
  const said = first ? t("tile.against", { change: moved, first: day(first), last: day(last) }) : t("tile.since", { change: moved, day: since ? day(since) : "" });
  return html`<p class="difference"><span aria-hidden="true">${way}</span> ${said}</p>`;
}

/** Date, scope and age. @param {{answer: Answer, isChange: boolean, question: any, left: string[], replaced: string[]}} props */
function Foot({ answer, isChange, question, left, replaced }) {
  const { meta } = answer;
  const [first, last] = String(meta.flows ?? "").split("..");
  const isFlow = question?.period && !question?.grain && first;
  const since = isChange && meta.compared_with?.as_of;
  const when = since ? t("tile.between", { first: day(since), last: day(meta.as_of) }) : isFlow ? t("tile.between", { first: day(first), last: day(last) }) : day(meta.as_of);
  const refreshed = freshness.value?.last_refresh;
  return html`<footer>
    <span>${when} · <span lang="en">${meta.scope}</span>${refreshed && ` · ${t("tile.age", { ago: ago(refreshed) })}`}</span>
    ${left.map((name) => html`<span class="badge">${t("tile.not_filtered", { level: name.replaceAll("_", " ") })}</span>`)}
    ${replaced.map((one) => html`<span class="badge">${t("tile.replaced", { filter: described(one, (level) => level.replaceAll("_", " ")) })}</span>`)}
    ${question?.geography === "as-was" && html`<span class="badge">${t("options.geography")}: ${t("options.geography_as_was")}</span>`}
  </footer>`;
}

/** @param {{tile: import("./types.js").Tile, title: string, result: Result|undefined, question: import("./types.js").Question|undefined}} props */
function Menu({ tile, title, result, question }) {
  const button = useRef(null);
  const open = async () => (await import("./tile_menu.js")).openTileMenu(button.current, tile, title, result?.answer ?? null, question);
  return html`<button ref=${button} class="quiet more" aria-haspopup="menu" aria-label=${t("tile.more", { title })} onClick=${open}>⋯</button>`;
}
