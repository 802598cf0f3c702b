// What a KPI should come to, beside what it comes to, and the way to its page.
import { html, useEffect, useState } from "../vendor/preact.js";
import { to } from "./address.js";
import { definition } from "./api.js";
import { plain } from "./cells.js";
import { t } from "./words.js";

/** @param {{answer: import("./answer.js").Answer, question: import("./types.js").Question}} props */
export function Target({ answer, question }) {
  const [kpi, take] = useState(/** @type {{name: string, target: number, better: string}|null} */ (null));
  const column = answer.numbers[0], value = answer.rows[0]?.values[answer.at(column.name)];
  useEffect(() => {
    definition(column.name).then((one) => take(one.kpi), () => null);
  }, [column.name]);
  if (!kpi) return null;
  const isMet = typeof value !== "number" ? null : kpi.better === "lower" ? value <= kpi.target : value >= kpi.target;
  const said = html`${t("quality.target")} ${plain(kpi.target, column)}`;
  const within = new URLSearchParams([...(question.where ?? []).map((one) => ["where", one]), ...(question.as_of ? [["as_of", question.as_of]] : [])]);
  // the page of a check has places as they are today
  return html`<p class="difference">${question.geography ? said : html`<a href=${to("quality", kpi.name, within)}>${said}</a>`}
    ${isMet !== null && html` <span class=${isMet ? "soft" : "problem"}>${t(isMet ? "quality.met" : "quality.missed")}</span>`}</p>`;
}
