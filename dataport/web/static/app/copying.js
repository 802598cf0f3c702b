// The same question elsewhere: on the command line, with curl, in Python, and as a link.
import { html, useState } from "../vendor/preact.js";
import { to, toParams } from "./address.js";
import { openDialog } from "./dialog.js";
import { announce } from "./shell.js";
import { changeWords } from "./why_words.js";
import { t } from "./words.js";

/** @typedef {import("./types.js").Question} Question */

/** @typedef {{link?: string, isChange?: boolean}} More `link`: the address that tells how it is shown, too; `isChange`: why the number moved between its two days */

/** @param {Question} question @param {Element|null} [opener] @param {More} [more] */
export function openCopying(question, opener, { link = to("ask", "", toParams(question)), isChange = false } = {}) {
  const address = `${location.origin}${location.pathname}${link}`;
  const ways = /** @type {const} */ ([["link", address], ["command", command(question, isChange)], ["curl", curl(question, isChange)], ["python", python(question, isChange)]]);
  openDialog(t("ask.copy"), () => html`${ways.map(([name, text]) => html`<${Way} name=${t(`copy.${name}`)} text=${text} />`)}<p class="small">${t("copy.rights")}</p>`, opener);
}

/** @param {{name: string, text: string}} props */
function Way({ name, text }) {
  const [isCopied, tell] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(text).catch(() => null);
    tell(true);
    announce(t("copy.done", { name }));
  };
  return html`<section class="way"><h3>${name}</h3><pre tabindex="0" dir="ltr">${text}</pre><button onClick=${copy}>${isCopied ? t("copy.copied") : t("copy.copy")}</button></section>`;
}

/** As a shell takes it: in single quotes, whatever stands in it. @param {string} text */
const quoted = (text) => (/^[\w.,:=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** @param {Question} question @param {boolean} [isChange] */
export function command(question, isChange = false) {
  const words = [...question.indicators.map(quoted)];
  if (isChange) words.push(`--between ${quoted(String(question.compare))} ${quoted(String(question.as_of))}`);
  for (const one of question.by ?? []) words.push(`--by ${quoted(one)}`);
  for (const one of question.where ?? []) words.push(`--where ${quoted(one)}`);
  const days = /** @type {const} */ ([["as_of", "as-of"], ["period", "period"], ["grain", "grain"], ["compare", "compare"]]);
  const texts = /** @type {const} */ ([...(isChange ? [] : days), ["geography", "geography"]]);
  for (const [name, option] of texts) if (question[name]) words.push(`--${option} ${quoted(String(question[name]))}`);
  if (question.totals) words.push("--totals");
  for (const one of question.subtotals ?? []) words.push(`--subtotal ${quoted(one.join(",") || "none")}`);
  if (question.top) words.push(`--top ${question.top}`);
  if (question.other) words.push("--other");
  for (const one of question.order ?? []) words.push(`--order ${quoted(one)}`);
  if (question.across) words.push(`--pivot ${quoted(question.across)}`);
  return `dataport ${isChange ? "change" : "ask"} ${words.join(" ")}`;
}

/** @param {Question} question @param {boolean} [isChange] */
export function curl(question, isChange = false) {
  const body = JSON.stringify(isChange ? changeWords(question) : said(question), null, 1).replace(/\s*\n\s*/g, " ");
  return `curl -H "Authorization: Bearer $DATAPORT_KEY" -H 'Content-Type: application/json' \\\n  --data ${quoted(body)} \\\n  ${location.origin}/api/v1/${isChange ? "change" : "query"}`;
}

/** @param {Question} question @param {boolean} [isChange] */
export function python(question, isChange = false) {
  const { indicators, indicator, between, by, where, ...rest } = /** @type {any} */ (said(isChange ? changeWords(question) : question));
  const given = isChange ? [literal(indicator), `(${between.map(literal).join(", ")})`] : [literal(indicators)];
  if (by) given.push(`by=${literal(by)}`);
  if (where) given.push(`where=${literal(where)}`);
  for (const [name, value] of Object.entries(rest)) given.push(`${name}=${literal(value)}`);
  return `import dataport\n\nport = dataport.open()\nanswer = port.${isChange ? "change" : "ask"}(${given.join(", ")})\nanswer.to_polars()`;
}

/** What a question says, without what it leaves out. @type {<T extends object>(question: T) => T} */
export const said = (question) => /** @type {any} */ (Object.fromEntries(Object.entries(question).filter(([, value]) => value !== undefined && value !== null && value !== false && value !== "" && !(Array.isArray(value) && !value.length))));

/** A value as Python writes it. @param {unknown} value @returns {string} */
function literal(value) {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "boolean") return value ? "True" : "False";
  return JSON.stringify(value);
}
