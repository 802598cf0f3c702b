// Look: dashboards. All tiles of one are asked in one request, of one version of the data, and each is shown as soon as
// its answer is there; what was shown before stays, dimmed, until then.
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { go, route, to } from "./address.js";
import { readAnswer } from "./answer.js";
import { batch, boards, catalog, dashboards, status } from "./api.js";
import { described, levelOf, remember, valuesOf } from "./filters.js";
import { announce, freshness, me, scope } from "./shell.js";
import { TileView, begin } from "./tile.js";
import { spoken, t } from "./words.js";

/** @typedef {import("./types.js").Dashboard} Dashboard */

/** Asked for as soon as this module is there, for on a slow line that is long before the page is drawn. */
let listed = dashboards().catch((failure) => failure);

/** What a dashboard is called in the address: one that somebody keeps by its number. @param {Dashboard} one */
const addressOf = (one) => (one.saved ? String(one.saved.number) : one.name);

export function Page() {
  const [all, take] = useState(/** @type {Dashboard[]} */ ([]));
  const [problem, fail] = useState("");
  const fetched = async () => {
    const found = await listed;
    if (found instanceof Error) fail(found.message || t("problem.offline"));
    else take(found.dashboards);
  };
  const again = () => {
    listed = dashboards().catch((failure) => failure);
    return fetched();
  };
  useEffect(() => {
    fetched();
  }, []);
  // while another page is fetched this one stays as it is, and asks nothing
  const here = useRef("");
  if (route.value.page === "look") here.current = route.value.name;
  const chosen = all.find((one) => addressOf(one) === here.current) ?? all[0];
  if (problem) return html`<p class="problem" role="alert">${problem}</p>`;
  if (!chosen) return html`<p class="starting">…</p>`;
  return html`
    <nav class="tabs" aria-label=${t("look.dashboards")}>
      ${all.map((one) => html`<a href=${to("look", addressOf(one))} aria-current=${one === chosen ? "page" : undefined}>${one.saved?.is_starred ? "★ " : ""}${spoken(one.title)}</a>`)}
    </nav>
    <${Board} key=${addressOf(chosen)} board=${chosen} again=${again} />`;
}

/**
 * A filter of a dashboard; one that was made by clicking in a tile leaves that tile as it is.
 * @typedef {{where: string, from: string}} Filter
 */

/** @param {{board: Dashboard, again: () => Promise<void>}} props */
function Board({ board, again }) {
  const { params } = route.value;
  const filters = params.getAll("where").map((where, place) => ({ where, from: params.getAll("from")[place] ?? "" }));
  const [time, refresh] = useState(0);
  const { results, isOld, of } = useAnswers(board, filters, time);
  const [Arranging, arrange] = useState(/** @type {any} */ (null));
  const [isNewer, tell] = useState(false);
  useNewData(of, () => {
    tell(true);
    refresh((before) => before + 1);
  });
  useEffect(() => {
    if (!isOld) tell(false);
  }, [isOld]);
  const name = spoken(board.title);
  const filterTo = (/** @type {Filter[]} */ next) => {
    const said = new URLSearchParams(next.flatMap((one) => [["where", one.where], ["from", one.from]]));
    go(to("look", addressOf(board), said));
  };
  const pickFrom = (/** @type {string} */ from) => (/** @type {string} */ where, /** @type {string} */ said) => {
    filterTo([...filters.filter((other) => levelOf(other.where) !== levelOf(where) || !valuesOf(other.where)), { where, from }]);
    announce(t("look.filtered", { said }));
  };
  const arranging = async () => {
    const { Arrange } = await import("./arrange.js");
    arrange(() => Arrange);
  };
  const save = async (/** @type {Dashboard} */ draft, /** @type {boolean} */ isNew) => {
    const { bare } = await import("./board_menu.js");
    const kept = board.saved?.is_mine && !isNew ? await boards.change(board.saved.number, bare(draft), board.saved.version) : await boards.keep(bare(draft));
    await again();
    arrange(null);
    go(to("look", String(kept.saved.number)));
  };
  const menu = async (/** @type {any} */ event) => {
    const anchor = event.currentTarget;
    (await import("./board_menu.js")).openBoardMenu(anchor, board, { arrange: arranging, again, refresh: () => refresh(time + 1) });
  };
  return html`
    <div class="head">
      <div class="titled"><h1>${name}</h1><span class="grow"></span>
        ${!Arranging && html`<button onClick=${arranging}>${t("board.arrange")}</button><button aria-haspopup="menu" aria-label=${t("tile.more", { title: name })} onClick=${menu}>⋯</button>`}</div>
      ${me.value?.viewer_class === "statistics" && html`<p>${t("look.protected")}</p>`}
      <p>${spoken(board.about)}${board.saved && !board.saved.is_mine && ` · ${t("board.by", { owner: board.saved.owner })}`}</p>
      ${isNewer && html`<p class="newer">${t("look.new_data")}</p>`}
      <${Filters} board=${board} filters=${filters} filterTo=${filterTo} pick=${pickFrom("")} />
    </div>
    ${Arranging ? html`<${Arranging} board=${board} results=${results} save=${save} leave=${() => arrange(null)} />` : html`<div class="board">
      ${inReadingOrder(board).map((tile) => html`<${Placed} key=${tile.id} place=${tile.place}>
        <${TileView} tile=${tile} result=${results[tile.id]} isOld=${isOld} onPick=${pickFrom(tile.id)} /><//>`)}
    </div>`}`;
}

/** Look now and then whether there are newer figures than those shown, and ask again when there are. @param {{current: string}} of the version of those shown @param {() => void} refresh */
function useNewData(of, refresh) {
  useEffect(() => {
    const look = async () => {
      if (document.hidden || !of.current) return;
      const found = await status().catch(() => null);
      if (!found || String(found.data_version) === of.current) return;
      freshness.value = found;
      announce(t("look.new_data"));
      refresh();
    };
    const timer = setInterval(look, 60_000);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
}

/** A tile at its place of the grid; narrow screens put them below each other. @param {{place: number[], children: unknown}} props */
function Placed({ place: [x, y, w, h], children }) {
  return html`<div class="placed" style=${{ "--column": `${x + 1} / span ${w}`, "--row": `${y + 1} / span ${h}`, "--height": h }}>${children}</div>`;
}

/** @param {Dashboard} board */
const inReadingOrder = (board) => [...board.tiles].sort((a, b) => a.place[1] - b.place[1] || a.place[0] - b.place[0]);

/** @param {{board: Dashboard, filters: Filter[], filterTo: (next: Filter[]) => void, pick: any}} props */
function Filters({ board, filters, filterTo, pick }) {
  const open = async (/** @type {any} */ event, /** @type {string} */ level) => {
    const anchor = event.currentTarget;
    (await import("./members.js")).openMembers(anchor, level, pick);
  };
  return html`<div class="filters" role="group" aria-label=${t("look.filters")}>
    ${(board.filters ?? []).map((level) => html`<button class="chip" aria-haspopup="dialog" onClick=${(/** @type {Event} */ event) => open(event, level)}>+ ${t("look.filter_by", { level: level.replaceAll("_", " ") })}</button>`)}
    ${filters.map((one) => html`<span class="chip on"><span>${described(one.where, (level) => level.replaceAll("_", " "))}</span>
      <button class="quiet" aria-label=${t("look.remove_filter", { filter: one.where })} onClick=${() => filterTo(filters.filter((other) => other.where !== one.where))}>×</button></span>`)}
  </div>`;
}

/**
 * The answers of a dashboard's tiles under its filters; asked anew when a filter changes.
 * @param {Dashboard} board
 * @param {Filter[]} filters
 * @param {number} time grows when the same is to be asked again
 * @returns {{results: Record<string, import("./tile.js").Result>, isOld: boolean, of: {current: string}}} `of`: the version of the data
 */
function useAnswers(board, filters, time) {
  const [results, take] = useState(/** @type {Record<string, any>} */ ({}));
  const [isOld, setOld] = useState(false);
  const of = useRef(""), last = useRef(time);
  useEffect(() => {
    const control = new AbortController();
    // what is asked again is shown when all of it is there, so that no two tiles are of different versions of the data
    /** @type {Record<string, any>|null} */
    const held = last.current === time ? null : {};
    last.current = time;
    setOld(true);
    askAll(board, filters, (id, result) => (held ? (held[id] = result) : take((before) => ({ ...before, [id]: result }))), control.signal)
      .then(async (version) => {
        of.current = version;
        if (held) take((before) => ({ ...before, ...held }));
        announce(t("look.ready", { name: spoken(board.title) }));
        if (version !== String(freshness.value?.data_version)) freshness.value = (await status().catch(() => null)) ?? freshness.value;
      })
      .catch((failure) => control.signal.aborted || take(Object.fromEntries(board.tiles.map((one) => [one.id, failedWith(failure)]))))
      .finally(() => {
        begin();
        if (!control.signal.aborted) setOld(false);
      });
    return () => control.abort();
  }, [addressOf(board), board.saved?.version, filters.map((one) => `${one.where} ${one.from}`).join("\n"), time]);
  return { results, isOld, of };
}

/** @param {Error & {code?: string}} failure */
const failedWith = (failure) => ({ answer: null, problem: { message: failure.message, code: failure.code ?? "failed" }, left: [], replaced: [] });

/**
 * @param {Dashboard} board
 * @param {Filter[]} filters
 * @param {(id: string, result: import("./tile.js").Result) => void} take
 * @param {AbortSignal} signal
 * @returns {Promise<string>} the version of the data that all of it is of
 */
async function askAll(board, filters, take, signal) {
  const tiles = board.tiles.filter((one) => one.ask);
  const known = filters.length ? await catalog() : null;
  const today = tiles.some(needsDay) ? (freshness.value ??= await status())?.watermark : null;
  /** @type {Record<string, {left: string[], replaced: string[]}>} */
  const under = {};
  /** @type {Record<string, import("./types.js").Question>} */
  const asked = {};
  const questions = tiles.map((tile) => {
    const question = askedBy(tile, today);
    const meant = filters.filter((one) => one.from !== tile.id).map((one) => one.where);
    const fits = meant.filter((one) => goesWith(known, question.indicators, levelOf(one)));
    // a filter of the dashboard takes the place of the tile's own on the same level, unless that one says more than members
    const replaced = (question.where ?? []).filter((one) => valuesOf(one) && fits.some((other) => levelOf(other) === levelOf(one)));
    under[tile.id] = { left: meant.filter((one) => !fits.includes(one)).map(levelOf), replaced: replaced.filter((one) => !fits.includes(one)) };
    asked[tile.id] = { ...question, where: [...(question.where ?? []).filter((one) => !replaced.includes(one)), ...fits] };
    return { id: tile.id, ...asked[tile.id], ...(tile.kind === "change" ? { change: true } : {}) };
  });
  /** What a tile asks the second time, where the first cannot be answered. @type {Record<string, import("./types.js").Question>} */
  const second = {};
  const handed = (/** @type {string} */ id, /** @type {import("./types.js").Told|null} */ told, /** @type {import("./api.js").Problem|null} */ problem) => {
    const other = id in second ? null : instead(asked[id], problem?.code, tiles.find((one) => one.id === id)?.kind === "change");
    if (other) {
      second[id] = other;
      return;
    }
    const answer = told && readAnswer(told), question = second[id] ?? asked[id];
    if (answer) scope.value = answer.meta.scope;
    if (answer) remember(answer.members);
    take(id, { answer, problem: problem && { message: problem.message, code: problem.code }, ...under[id], asked: question, alone: Boolean(asked[id].compare && !question.compare) });
  };
  const version = await batch(questions, handed, signal);
  const again = Object.entries(second).map(([id, question]) => ({ id, ...question }));
  // what is asked a second time may be of a later version than the rest: then all is asked of that one
  if (again.length && (await batch(again, handed, signal)) !== version) return batch(questions.map((one) => ({ ...one, ...second[one.id] })), handed, signal);
  return version;
}

/** Ages that protected statistics have, for those that they have not. @type {Record<string, string>} */
const COARSER = { age_in_five_years: "age_group_detailed" };

/**
 * What is asked where a question cannot be answered: a number without what it is compared with, where that is older than the
 * warehouse; ages in the bands that are protected.
 * @param {import("./types.js").Question} question @param {string|undefined} code @param {boolean} isChange @returns {import("./types.js").Question|null}
 */
function instead(question, code, isChange) {
  if (code === "outside_history" && question.compare && !isChange) return { ...question, compare: undefined };
  if (code === "not_protected" && question.by?.some((one) => one in COARSER)) return { ...question, by: question.by.map((one) => COARSER[one] ?? one) };
  return null;
}

/** @param {import("./types.js").Tile} tile */
const needsDay = (tile) => tile.ask?.compare === "month-ago" || tile.kind === "change";

/** The question of a tile in the words of the service: the end of last month is a day, and why a number moved has two. @param {import("./types.js").Tile} tile @param {string|null|undefined} today @returns {import("./types.js").Question} */
export function askedBy(tile, today) {
  const question = /** @type {import("./types.js").Question} */ (tile.ask);
  if (!needsDay(tile) || !today) return question;
  const until = question.as_of ?? today.slice(0, 10);
  const compare = !question.compare || question.compare === "month-ago" ? endOfMonthBefore(until) : question.compare;
  return { ...question, compare, ...(tile.kind === "change" ? { as_of: until } : {}) };
}

/** @param {import("./types.js").Catalog|null} known @param {string[]} indicators @param {string} level */
function goesWith(known, indicators, level) {
  const told = known?.indicators.filter((one) => indicators.includes(one.name)) ?? [];
  return told.every((one) => one.breakdowns.includes(level) || one.filters_only.includes(level));
}

/** The last day of the month before that of an instant. @param {string} iso */
function endOfMonthBefore(iso) {
  const [year, month] = iso.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1, 0)).toISOString().slice(0, 10);
}
