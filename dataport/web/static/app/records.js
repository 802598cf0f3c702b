// The records behind a number, for who may open them: what they are of stands in the address, what for does not.
import { html, useEffect, useState } from "../vendor/preact.js";
import { route, to } from "./address.js";
import { catalog, records } from "./api.js";
import { described } from "./filters.js";
import { Listing } from "./listing.js";
import { labelOf } from "./shelves.js";
import { styled } from "./styles.js";
import { day, t } from "./words.js";

styled("ask");

export function Page() {
  const [known, take] = useState(/** @type {import("./types.js").Catalog|null} */ (null));
  useEffect(() => {
    catalog().then(take, () => null);
  }, []);
  const { name, params } = route.value;
  if (!known) return html`<p class="starting">…</p>`;
  const where = params.getAll("where"), as_of = params.get("as_of") ?? undefined, period = params.get("period") ?? undefined;
  // with places as they were, other records are in a place than today
  const geography = params.get("geography") ?? undefined;
  const label = labelOf(known, name, "");
  const back = new URLSearchParams([["indicators", name], ...where.map((one) => ["where", one]), ...(as_of ? [["as_of", as_of]] : []), ...(period ? [["period", period]] : []), ...(geography ? [["geography", geography]] : [])]);
  return html`<div class="why">
    <div class="head"><h1>${t("records.title", { label })}</h1>
      <p>${[as_of && day(as_of), period?.replace("..", " – "), geography && `${t("options.geography")}: ${t("options.geography_as_was")}`, ...where.map((one) => described(one, (level) => labelOf(known, level, "")))].filter(Boolean).join(" · ")}</p>
      <p><a href=${to("ask", "", back)}>${t("records.number")}</a></p></div>
    <${Listing} key=${String(params) + name} title=${t("drill.records")} load=${(/** @type {string} */ purpose) => records({ indicator: name, where, as_of, period, geography, purpose })} />
  </div>`;
}
