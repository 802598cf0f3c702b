// Arrange: the tiles of a dashboard are moved and sized by dragging, by keys, or by buttons, all three alike. The grid is
// gridstack, fetched when somebody arranges; what it moves is written into the draft, which can be taken back step by step,
// and is there for whoever went elsewhere meanwhile.
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { GridStack } from "../vendor/gridstack.js";
import { readAnswer } from "./answer.js";
import { batch } from "./api.js";
import { askFirst } from "./dialog.js";
import { askedBy } from "./look.js";
import { openMenu } from "./menu.js";
import { announce, freshness, isLeaving } from "./shell.js";
import { styled } from "./styles.js";
import { openTileForm } from "./tile_form.js";
import { TileView } from "./tile.js";
import { Typed } from "./typed.js";
import { isRightToLeft, spoken, t } from "./words.js";

/** @typedef {import("./types.js").Dashboard} Dashboard */
/** @typedef {import("./types.js").Tile} Tile */

const SHEETS = ["arrange"];
const COLUMNS = 12, FARTHEST = 12;
/** Milliseconds that a tile takes to its new place at most. */
const MOVING = 400;
/** What was arranged and neither saved nor given up, by its dashboard. @type {Map<string, {draft: Dashboard, past: Dashboard[]}>} */
const unsaved = new Map();
const keyOf = (/** @type {Dashboard} */ board) => (board.saved ? `${board.saved.number}, ${board.saved.version}` : board.name);

/** @param {{board: Dashboard, results: Record<string, import("./tile.js").Result>, save: (draft: Dashboard, isNew: boolean) => Promise<void>, leave: () => void}} props */
export function Arrange({ board, results, save, leave }) {
  const key = keyOf(board), waiting = useMemo(() => unsaved.get(key), []);
  const [draft, write] = useState(waiting?.draft ?? { ...board, title: board.saved?.is_mine ? board.title : t("board.copy_of", { title: spoken(board.title) }) });
  const [past, remember] = useState(waiting?.past ?? /** @type {Dashboard[]} */ ([]));
  const [problem, fail] = useState(/** @type {{message: string, code?: string}|null} */ (null));
  const [fresh, take] = useState(/** @type {Record<string, import("./tile.js").Result>} */ ({}));
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  const grid = useRef(/** @type {any} */ (null));
  const leadTo = useRef("");
  const undoing = useRef(/** @type {HTMLElement|null} */ (null));
  const now = useRef(draft);
  now.current = draft;
  const step = (/** @type {Partial<Dashboard>} */ next) => {
    remember((before) => [...before.slice(-49), now.current]);
    write({ ...now.current, ...next });
  };
  const change = (/** @type {Tile[]} */ tiles) => {
    answer(tiles, now.current.tiles);
    step({ tiles });
  };
  const answer = (/** @type {Tile[]} */ tiles, /** @type {Tile[]} */ known) => {
    for (const tile of tiles) if (tile.ask && !known.some((one) => one.id === tile.id && JSON.stringify(one.ask) === JSON.stringify(tile.ask))) answered(tile, (result) => take((before) => ({ ...before, [tile.id]: result })));
  };
  const gone = (/** @type {Tile} */ tile) => {
    change(now.current.tiles.filter((one) => one.id !== tile.id));
    announce(t("arrange.removed", { title: spoken(tile.title) }));
    afterwards(() => undoing.current?.focus());
  };
  const added = (/** @type {Tile} */ tile) => {
    const taken = { ...tile, id: freeId(now.current.tiles), place: /** @type {Tile["place"]} */ ([0, bottomOf(now.current.tiles), tile.place[2], tile.place[3]]) };
    change([...now.current.tiles, taken]);
    leadTo.current = taken.id;
    announce(t("arrange.added", { title: spoken(tile.title) }));
  };
  // before anybody can press a button of a tile that is drawn
  useLayoutEffect(() => {
    SHEETS.forEach(styled);
    const made = GridStack.init({ column: COLUMNS, cellHeight: 80, margin: 7, float: false, rtl: isRightToLeft(), handle: ".handle", resizable: { handles: "e,se,s,sw,w" }, animate: !matchMedia("(prefers-reduced-motion: reduce)").matches }, /** @type {HTMLElement} */ (box.current));
    grid.current = made;
    made.on("change", () => {
      const next = now.current.tiles.map((tile) => ({ ...tile, place: placeOf(made, tile) }));
      if (JSON.stringify(next.map((one) => one.place)) !== JSON.stringify(now.current.tiles.map((one) => one.place))) change(next);
    });
    return () => made.destroy(false);
  }, []);
  useEffect(() => {
    if (!waiting) return;
    answer(waiting.draft.tiles, board.tiles);
    announce(t("arrange.again"));
  }, []);
  const isChanged = past.length > 0;
  useLayoutEffect(() => {
    if (!isChanged) return;
    unsaved.set(key, { draft, past });
    const warn = (/** @type {Event} */ event) => isLeaving || event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [draft, past]);
  useEffect(() => {
    follow(grid.current, box.current, draft.tiles);
    // what is new stands below all others: whoever added it is led there
    const newest = leadTo.current && elementOf(grid.current, leadTo.current)?.querySelector(".held");
    leadTo.current = "";
    if (newest) afterwards(() => shown(newest));
  }, [draft]);
  const undo = () => {
    const last = past.at(-1);
    if (!last) return;
    remember(past.slice(0, -1));
    if (past.length === 1) unsaved.delete(key);
    write(last);
    announce(t("arrange.undone"));
  };
  const add = (/** @type {any} */ event) => openTileForm(event.currentTarget, null, (tile) => added({ ...tile, place: ["number", "kpi", "text"].includes(tile.kind) ? [0, 0, 3, 2] : [0, 0, 6, 5] }));
  const keep = (isNew = false) => save(now.current, isNew).then(() => unsaved.delete(key), (failure) => fail({ message: failure.message || t("problem.offline"), code: failure.code }));
  const giveUp = () => {
    unsaved.delete(key);
    leave();
  };
  const sure = (/** @type {any} */ event) => (isChanged ? askFirst(t("arrange.leave"), t("arrange.unsaved"), t("arrange.stay"), giveUp, event.currentTarget) : giveUp());
  const rename = (/** @type {any} */ event) => {
    const title = event.currentTarget.value.trim();
    if (title && title !== spoken(draft.title)) step({ title });
  };
  return html`<div class="arranging">
    <div class="bar" role="toolbar" aria-label=${t("arrange.title")}>
      <button onClick=${add}>${t("arrange.add")}</button>
      <button ref=${undoing} onClick=${undo} disabled=${!isChanged}>${t("arrange.undo")}</button>
      <label class="field beside"><span>${t("arrange.name")}</span><${Typed} maxlength="200" value=${spoken(draft.title)} onChange=${rename} /></label>
      <span class="grow small">${t("arrange.how")}</span>
      <button onClick=${sure}>${t("arrange.leave")}</button>
      <button class="main" onClick=${() => keep()}>${t("arrange.save")}</button>
    </div>
    ${problem && html`<p class="problem" role="alert" lang="en">${problem.message}</p>`}
    ${problem?.code === "outdated" && html`<p><button onClick=${() => keep(true)}>${t("arrange.save_as_new")}</button></p>`}
    <div class="wide"><div class="grid-stack" ref=${box}>
      ${draft.tiles.map((tile) => html`<div class="grid-stack-item" key=${tile.id} gs-id=${tile.id} gs-x=${tile.place[0]} gs-y=${tile.place[1]} gs-w=${tile.place[2]} gs-h=${tile.place[3]}>
        <div class="grid-stack-item-content"><${Held} tile=${tile} result=${fresh[tile.id] ?? results[tile.id]} grid=${grid} all=${draft.tiles} change=${change} gone=${gone} added=${added} /></div></div>`)}
    </div></div>
  </div>`;
}

/** What a tile that is new, or asks something else now, shows. @param {Tile} tile @param {(result: import("./tile.js").Result) => void} show */
function answered(tile, show) {
  const question = askedBy(tile, freshness.value?.watermark);
  const took = (/** @type {import("./types.js").Told|null} */ told, /** @type {any} */ problem) => show({ answer: told && readAnswer(told), problem, left: [], asked: question });
  batch([{ id: tile.id, ...question, ...(tile.kind === "change" ? { change: true } : {}) }], (_, told, problem) => took(told, problem)).catch((failure) => took(null, failure));
}

/** Where the grid has a tile. @param {any} grid @param {Tile} tile @returns {Tile["place"]} */
function placeOf(grid, tile) {
  const node = elementOf(grid, tile.id)?.gridstackNode;
  return node ? [node.x, node.y, node.w, node.h] : tile.place;
}

/** @param {any} grid @param {string} id */
const elementOf = (grid, id) => grid.el.querySelector(`[gs-id="${CSS.escape(id)}"]`);

/** The grid follows the draft: what is new is taken up, and all stand where the draft says. @param {any} grid @param {HTMLElement|null} box @param {Tile[]} tiles */
function follow(grid, box, tiles) {
  if (!grid || !box) return;
  grid.batchUpdate();
  for (const tile of tiles) {
    const element = elementOf(grid, tile.id);
    if (element && !element.gridstackNode) grid.makeWidget(element);
    const [x, y, w, h] = tile.place, node = element?.gridstackNode;
    if (node && (node.x !== x || node.y !== y || node.w !== w || node.h !== h)) grid.update(element, { x, y, w, h });
  }
  grid.batchUpdate(false);
}

/** Once the page is drawn anew. @param {() => void} work */
const afterwards = (work) => requestAnimationFrame(() => requestAnimationFrame(work));

/** Brings a tile into sight, also where it still moves. @param {HTMLElement|null|undefined} element @param {boolean} [isFocused] */
function shown(element, isFocused = true) {
  if (isFocused) element?.focus({ preventScroll: true });
  for (const wait of [0, MOVING]) setTimeout(() => element?.isConnected && element.scrollIntoView({ block: "nearest" }), wait);
}

/** @param {Tile[]} tiles */
const bottomOf = (tiles) => Math.max(0, ...tiles.map((one) => one.place[1] + one.place[3]));

/** @param {Tile[]} tiles */
function freeId(tiles) {
  for (let number = tiles.length + 1; ; number += 1) if (!tiles.some((one) => one.id === `tile_${number}`)) return `tile_${number}`;
}

const STEPS = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] });

/** A tile that can be moved: grabbed by Enter, moved by arrows, sized by Shift and arrows, put back by Escape. @param {{tile: Tile, result: any, grid: any, all: Tile[], change: (tiles: Tile[]) => void, gone: (tile: Tile) => void, added: (tile: Tile) => void}} props */
function Held({ tile, result, grid, all, change, gone, added }) {
  const [grabbed, grab] = useState(/** @type {Tile["place"]|null} */ (null));
  const title = spoken(tile.title);
  const put = (/** @type {number[]} */ [x, y, w, h]) => grid.current.update(elementOf(grid.current, tile.id), { x, y, w, h });
  const move = (/** @type {number} */ right, /** @type {number} */ down, /** @type {boolean} */ isSize) => {
    const [x, y, w, h] = placeOf(grid.current, tile);
    if (isSize) put([x, y, Math.max(1, Math.min(w + right, COLUMNS - x)), Math.max(1, h + down)]);
    // tiles fall upwards: one goes below another only where it is put below it whole
    else for (let step = 1; step <= (down ? FARTHEST : 1) && String(placeOf(grid.current, tile)) === String([x, y, w, h]); step += 1) put([Math.max(0, Math.min(x + right, COLUMNS - w)), Math.max(0, y + down * step), w, h]);
    shown(elementOf(grid.current, tile.id), false);
    const [column, row, width, height] = placeOf(grid.current, tile);
    announce(t("arrange.at", { title, column: column + 1, row: row + 1, width, height }));
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.target !== event.currentTarget) return;
    if (event.key === "Enter" || event.key === " ") {
      grab(grabbed ? null : placeOf(grid.current, tile));
      announce(t(grabbed ? "arrange.dropped" : "arrange.grabbed", { title }));
    } else if (grabbed && event.key === "Escape") {
      put(grabbed);
      grab(null);
      announce(t("arrange.put_back", { title }));
    } else if (grabbed && event.key in STEPS) {
      const [right, down] = STEPS[event.key];
      move(isRightToLeft() ? -right : right, down, event.shiftKey);
    } else if (event.key === "Delete") gone(tile);
    else return;
    event.preventDefault();
  };
  const more = (/** @type {any} */ event) => {
    const anchor = event.currentTarget;
    openMenu(anchor, title, [
      { label: t("arrange.edit"), act: () => openTileForm(anchor, tile, (next) => change(all.map((one) => (one.id === tile.id ? { ...tile, ...next } : one)))) },
      { label: t("arrange.duplicate"), act: () => added(tile) },
      { label: t("arrange.remove"), act: () => gone(tile) },
    ]);
  };
  const button = (/** @type {string} */ sign, /** @type {string} */ word, /** @type {number} */ right, /** @type {number} */ down, isSize = false) => html`<button class="quiet" aria-label=${t(`arrange.${word}`, { title })} title=${t(`arrange.${word}`, { title })} onClick=${() => move(right, down, isSize)}>${sign}</button>`;
  return html`<div class=${`held${grabbed ? " grabbed" : ""}`} tabindex="0" role="group" aria-roledescription=${t("arrange.tile")} aria-label=${title} onKeyDown=${key}>
    <div class="handle" role="toolbar" aria-label=${t("arrange.buttons", { title })}><span class="grip" aria-hidden="true">⠿</span>
      <button class="quiet" aria-haspopup="menu" aria-label=${t("arrange.change", { title })} onClick=${more}>⋯</button>
      ${button("←", "left", isRightToLeft() ? 1 : -1, 0)}${button("→", "right", isRightToLeft() ? -1 : 1, 0)}${button("↑", "up", 0, -1)}${button("↓", "down", 0, 1)}
      ${button("⇥", "wider", 1, 0, true)}${button("⇤", "narrower", -1, 0, true)}${button("⤓", "taller", 0, 1, true)}${button("⤒", "shorter", 0, -1, true)}</div>
    <div class="still" inert><${TileView} tile=${tile} result=${result} isOld=${false} /></div>
  </div>`;
}
