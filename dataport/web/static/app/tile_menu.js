// What a tile leads to: its definition, why it moved, asking further, and its question for other programs.
import { go, to, toParams } from "./address.js";
import { catalog, kindOf } from "./api.js";
import { openDefinition } from "./definition.js";
import { notApart, onRows, whyAddress } from "./drill.js";
import { openMenu } from "./menu.js";
import { changeAddress } from "./why_words.js";
import { spoken, t } from "./words.js";

/** @param {Element|null} anchor @param {import("./types.js").Tile} tile @param {string} title @param {import("./answer.js").Answer|null} answer @param {import("./types.js").Question|undefined} question as it was asked */
export async function openTileMenu(anchor, tile, title, answer, question) {
  if (!question) return;
  const isChange = tile.kind === "change";
  // the service knows no month ago, and why a number moved is asked between two days
  const isNamed = question.compare === "month-ago" || (isChange && !/^\d/.test(question.compare ?? ""));
  const asked = { ...question, compare: isNamed ? answer?.meta.compared_with?.as_of : question.compare };
  const labels = (/** @type {string} */ name) => answer?.columns.find((one) => one.name === name)?.label ?? name.replaceAll("_", " ");
  /** @type {import("./menu.js").Item[]} */
  const items = question.indicators.map((name) => ({ label: t("tile.what", { name: labels(name) }), act: () => openDefinition(name, anchor) }));
  if (answer && !isChange) items.push(...(await whys(question, answer, labels)));
  if (isChange && !asked.compare) return openMenu(anchor, spoken(tile.title) || title, items);
  items.push({ label: t("tile.ask"), act: () => go(isChange ? changeAddress(asked) : to("ask", "", toParams(asked))) });
  items.push({ label: t("ask.copy"), act: async () => (await import("./copying.js")).openCopying(asked, anchor, isChange ? { link: changeAddress(asked), isChange } : {}) });
  openMenu(anchor, spoken(tile.title) || title, items);
}

/**
 * Why each of its numbers moved, as far as that can be told.
 * @param {import("./types.js").Question} question @param {import("./answer.js").Answer} answer @param {(name: string) => string} labels
 * @returns {Promise<import("./menu.js").Item[]>}
 */
async function whys(question, answer, labels) {
  const within = onRows(question);
  const told = async (/** @type {string} */ name, /** @type {string} */ label) => {
    const kind = await kindOf(name).catch(() => "");
    return { label, why: !kind ? t("problem.offline") : within ? notApart(kind) : t("drill.of_mixed"), act: () => go(whyAddress(name, within ?? [], answer, question.geography)) };
  };
  if (question.indicators.length === 1) return [await told(question.indicators[0], t("drill.why"))];
  // of many numbers the catalogue is less to fetch than each of them
  return [{ label: t("drill.why"), items: () => catalog().then(() => Promise.all(question.indicators.map((name) => told(name, labels(name)))), () => []) }];
}
