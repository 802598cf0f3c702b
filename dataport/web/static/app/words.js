// The interface's own words in the language that was chosen, and numbers and dates as that language writes them.
import { signal } from "../vendor/preact.js";

/** @type {Record<string, string>} */
export const LANGUAGES = { en: "English", fr: "Français", es: "Español", ar: "العربية" };
const RIGHT_TO_LEFT = new Set(["ar"]);
// Days before months in English too, as everybody else writes them.
/** @type {Record<string, string>} */
const REGIONS = { en: "en-GB" };

export const language = signal("en");
/** @type {Record<string, string>} */
let words = {};
// Digits are the same in every language, so that a number can be copied, searched for, and read out by anybody.
let locale = "en-u-nu-latn";
let plurals = new Intl.PluralRules("en");

/** Speak a language from now on. The choice stands in the address, and in no storage. @param {string} code */
export async function speak(code) {
  const answer = await fetch(new URL(`../i18n/${code}.json`, import.meta.url));
  words = await answer.json();
  locale = `${REGIONS[code] ?? code}-u-nu-latn`;
  plurals = new Intl.PluralRules(code);
  document.documentElement.lang = code;
  document.documentElement.dir = RIGHT_TO_LEFT.has(code) ? "rtl" : "ltr";
  language.value = code;
}

/** The language to begin with: the address's, or the first of the browser's that we have. */
export function wanted() {
  const said = new URLSearchParams(location.search).get("lang");
  const codes = [said, ...navigator.languages.map((one) => one.slice(0, 2))];
  return codes.find((one) => one && one in LANGUAGES) ?? "en";
}

export const isRightToLeft = () => RIGHT_TO_LEFT.has(language.value);

/**
 * A text of ours; `{name}` in it is replaced, and with an `n` the form of its number is chosen.
 * @param {string} key
 * @param {Record<string, string|number>} [given]
 */
export function t(key, given) {
  // whatever is said is said anew when another language is chosen
  void language.value;
  const n = given?.n;
  const form = typeof n === "number" ? words[`${key}.${plurals.select(n)}`] ?? words[`${key}.other`] : undefined;
  const text = form ?? words[key] ?? key;
  return given ? text.replace(/\{(\w+)\}/g, (_, name) => (name === "n" && typeof n === "number" ? number(n) : String(given[name] ?? ""))) : text;
}

/** A text that comes in several languages. @param {Record<string, string>|string|undefined} texts */
export function spoken(texts) {
  if (typeof texts === "string") return texts;
  return texts?.[language.value] ?? texts?.en ?? "";
}

/** Ways to write numbers and days, each made once: making one takes longer than using it a hundred times. @type {Map<string, any>} */
const writers = new Map();

/** @template T @param {new (locale: string, form: any) => T} Kind @param {object} [form] @returns {T} */
function writer(Kind, form) {
  const key = `${Kind.name} ${locale} ${form ? JSON.stringify(form) : ""}`;
  const made = writers.get(key) ?? new Kind(locale, form);
  writers.set(key, made);
  return made;
}

/** @param {number} value @param {Intl.NumberFormatOptions} [form] */
export function number(value, form) {
  const text = writer(Intl.NumberFormat, form).format(value);
  // between letters that run from right to left, a sign would be drawn behind its number
  return isRightToLeft() && /^[+-]/.test(text) ? `\u200e${text}` : text;
}

/** A number in few letters, for axes. Arabic words for thousands would stand on the wrong side of it. @param {number} value @param {number} [digits] */
export const brief = (value, digits = 1) => number(value, isRightToLeft() ? { maximumFractionDigits: digits } : { notation: "compact", maximumFractionDigits: digits });

/** @param {string} iso */
const atNoon = (iso) => new Date(`${iso.slice(0, 10)}T12:00:00Z`);

/** @param {string} iso @param {Intl.DateTimeFormatOptions} [form] */
export const day = (iso, form = { dateStyle: "medium" }) => writer(Intl.DateTimeFormat, { timeZone: "UTC", ...form }).format(atNoon(iso));

/** A period of a trend by its name: a month, a quarter, a year; a day otherwise. @param {string} iso @param {string|null|undefined} grain */
export function period(iso, grain) {
  if (grain === "year") return iso.slice(0, 4);
  if (grain === "quarter") return `${iso.slice(0, 4)} Q${Math.ceil(Number(iso.slice(5, 7)) / 3)}`;
  if (grain === "month") return day(iso, { year: "numeric", month: "short" });
  return day(iso);
}

/** How long ago an instant (UTC) was. @param {string} iso */
export function ago(iso) {
  const since = Date.parse(/[zZ]|[+-]\d\d:\d\d$/.test(iso) ? iso : `${iso}Z`);
  const minutes = Math.round((Date.now() - since) / 60000);
  const form = writer(Intl.RelativeTimeFormat, { numeric: "auto", style: "short" });
  if (minutes < 60) return form.format(-Math.max(minutes, 0), "minute");
  if (minutes < 48 * 60) return form.format(-Math.round(minutes / 60), "hour");
  return form.format(-Math.round(minutes / 1440), "day");
}
