// What can be done with a dashboard as a whole: seen in full, printed, shared, duplicated, taken back, kept as a file.
import { html } from "../vendor/preact.js";
import { go, to } from "./address.js";
import { boards, dashboards } from "./api.js";
import { askFirst, openDialog } from "./dialog.js";
import { openMenu } from "./menu.js";
import { announce } from "./shell.js";
import { openSharing } from "./sharing.js";
import { day, spoken, t } from "./words.js";

/** @typedef {import("./types.js").Dashboard} Dashboard */

/** @param {Element} anchor @param {Dashboard} board @param {{arrange: () => void, again: () => Promise<void>, refresh: () => void}} acts */
export function openBoardMenu(anchor, board, { arrange, again, refresh }) {
  const { saved } = board;
  const title = spoken(board.title);
  const failed = (/** @type {Error} */ failure) => openDialog(title, () => html`<p class="problem" role="alert" lang="en">${failure.message || t("problem.offline")}</p>`, anchor);
  /** @type {import("./menu.js").Item[]} */
  const items = [
    { label: t("board.full"), act: () => document.getElementById("main")?.requestFullscreen?.().catch(() => null) },
    { label: t("board.refresh"), act: refresh },
    { label: t("board.print"), act: () => window.print() },
    { label: t("board.duplicate"), act: () => duplicate(board, again).catch(failed) },
    { label: t("board.export"), act: () => exported(board).catch(failed) },
    { label: t("board.import"), act: () => chooseFile(again) },
  ];
  if (saved) items.push({ label: t(saved.is_starred ? "board.unstar" : "board.star"), act: () => boards.star(saved.number, !saved.is_starred).then(again, failed) });
  if (saved?.is_mine) items.push({ label: t("board.arrange"), act: arrange }, { label: t("board.share"), act: () => openSharing(anchor, saved.sharing, (next) => boards.share(saved.number, next).then(again)) }, { label: t("board.versions"), items: () => versions(board, again) }, { label: t("board.remove"), act: () => askFirst(t("board.remove"), t("board.remove_sure", { title }), t("result.cancel"), () => boards.remove(saved.number).then(again).then(() => go(to("look")), failed), anchor) });
  openMenu(anchor, title, items);
}

/** A dashboard without what is said of it as a thing that is kept. @param {Dashboard} board @returns {Dashboard} */
export function bare(board) {
  const { saved, ...rest } = board;
  return { ...rest, name: saved ? `board_${saved.number}` : board.name };
}

/** @param {Dashboard} board @param {() => Promise<void>} again */
async function duplicate(board, again) {
  const copy = t("board.copy_of", { title: spoken(board.title) });
  const taken = (await dashboards()).dashboards.filter((one) => one.saved?.is_mine).map((one) => spoken(one.title));
  let title = copy;
  for (let number = 2; taken.includes(title); number += 1) title = `${copy} ${number}`;
  const kept = await boards.keep({ ...bare(board), title });
  await again();
  go(to("look", String(kept.saved.number)));
}

/** @param {Dashboard} board */
async function exported(board) {
  const { text } = await boards.written(bare(board));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  link.download = `${board.name}.yml`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** @param {() => Promise<void>} again */
function chooseFile(again) {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = ".yml,.yaml,.json";
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    if (!file) return;
    try {
      const given = await boards.read(await file.text());
      // a file of a dashboard that one has is a further version of it
      const mine = (await dashboards()).dashboards.filter((one) => one.saved?.is_mine);
      const titled = mine.find((one) => spoken(one.title) === spoken(given.title)), named = mine.find((one) => bare(one).name === given.name);
      const known = titled ?? (named && (await whichOf(named)));
      if (known === null) return;
      const kept = known?.saved ? await boards.change(known.saved.number, given, known.saved.version) : await boards.keep(given);
      await again();
      announce(t("board.read", { title: spoken(kept.title), version: kept.saved.version }));
      go(to("look", String(kept.saved.number)));
    } catch (failure) {
      const said = /** @type {Error} */ (failure).message;
      openDialog(t("board.import"), () => html`<p class="problem" role="alert" lang="en">${said}</p>`);
    }
  });
  input.click();
}

/** A file may have the name of a dashboard by its number, from another home; null where nobody says. @param {Dashboard} board @returns {Promise<Dashboard|undefined|null>} */
function whichOf(board) {
  const title = spoken(board.title);
  return new Promise((resolve) => {
    const choice = (/** @type {() => Promise<void>} */ close, /** @type {Dashboard|undefined} */ chosen) => () => {
      resolve(chosen);
      close();
    };
    openDialog(t("board.import"), (close) => html`<p>${t("board.which", { title })}</p><p class="actions"><button onClick=${choice(close, undefined)}>${t("arrange.save_as_new")}</button>
      <button class="main" autofocus onClick=${choice(close, board)}>${t("board.as_version", { title })}</button></p>`).then(() => resolve(null));
  });
}

/** @param {Dashboard} board @param {() => Promise<void>} again @returns {Promise<import("./menu.js").Item[]>} */
async function versions(board, again) {
  const number = board.saved?.number ?? 0;
  const { versions: all } = await boards.versions(number);
  return all.map((/** @type {any} */ one) => ({ label: t("board.version", { version: one.version, day: day(one.made_at), by: one.made_by }), why: one.version === board.saved?.version ? t("board.this_one") : undefined, act: () => boards.change(number, one.dashboard, board.saved?.version ?? 0).then(again) }));
}
