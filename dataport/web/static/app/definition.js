// What a number is: its definition in full, from the catalogue, with the rules behind it and why.
import { html } from "../vendor/preact.js";
import { definition } from "./api.js";
import { openDialog } from "./dialog.js";
import { t } from "./words.js";

/** @param {string} name @param {Element|null} [opener] */
export async function openDefinition(name, opener) {
  const one = await definition(name).catch(() => null);
  if (!one) return;
  openDialog(one.label, () => html`<${Definition} one=${one} />`, opener);
}

/** @param {{one: any}} props */
export function Definition({ one }) {
  /** @type {Array<[string, unknown]>} */
  const lines = [["unit", one.unit], ["computed", one.computed], ["condition", one.condition], ["over", one.over], ["reached", one.reached], ["name", one.name]];
  return html`<div class="definition" lang="en" dir="ltr">
    <p>${one.description || one.label}</p>
    <dl>${lines.filter(([, said]) => said).map(([key, said]) => html`<div><dt>${t(`definition.${key}`)}</dt><dd>${key === "condition" || key === "name" || key === "computed" ? html`<code>${said}</code>` : said}</dd></div>`)}</dl>
    ${(one.rules ?? []).length > 0 && html`<h3>${t("definition.rules")}</h3>${one.rules.map((/** @type {any} */ rule) => html`<details><summary>${rule.label}</summary><p>${rule.text} ${t("definition.because", { reason: rule.reason })}</p></details>`)}`}
  </div>`;
}
