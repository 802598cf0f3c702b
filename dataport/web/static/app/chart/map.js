// Countries shaded by their numbers, on small boundaries that come with Dataport and can be replaced by others.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { feature, geoEqualEarth, geoPath } from "../../vendor/geo.js";
import { cell, member, plain } from "../cells.js";
import { t } from "../words.js";
import { edgesOf, shadeOf } from "./heat.js";
import { Hatch, Pressed } from "./parts.js";

/** Boundaries, and the codes of ISO for those of UNHCR: fetched with the first map. @type {Promise<[any, Record<string, string>]>|null} */
let fetched = null;
const read = (/** @type {string} */ name) => fetch(new URL(`../../geo/${name}`, import.meta.url)).then((answer) => answer.json());

/** @param {{answer: import("../answer.js").Answer, title: string, width: number, height: number, pick: any}} props */
export function Picture({ answer, title, width, height, pick }) {
  const [world, take] = useState(/** @type {[any, Record<string, string>]|null} */ (null));
  useEffect(() => {
    fetched ??= Promise.all([read("world.json"), read("codes.json")]);
    fetched.then(take);
  }, []);
  if (!world) return html`<p class="waiting" aria-hidden="true"></p>`;
  const [shapes, codes] = world;
  const level = answer.levels[0], column = answer.numbers[0];
  const known = new Map(answer.rows.filter((row) => row.values[answer.at(level.name)] !== null).map((row) => [codes[String(row.values[answer.at(level.name)])], row]));
  const countries = feature(shapes, shapes.objects.countries).features;
  const tall = Math.max(180, height - 84);
  const projection = geoEqualEarth().fitSize([width, tall], { type: "FeatureCollection", features: countries });
  const path = geoPath(projection);
  const numbers = [...known.values()].map((row) => row.values[answer.at(column.name)]).filter((one) => typeof one === "number");
  const edges = edgesOf(/** @type {number[]} */ (numbers));
  const shown = (/** @type {import("../answer.js").Row} */ row) => {
    const value = row.values[answer.at(column.name)];
    const told = cell(value, column, row.codes[column.name]);
    const label = `${member(row.values[answer.at(level.name)], level, answer)}: ${told.text}${told.said ? ` (${told.said})` : ""}`;
    return { label, style: typeof value === "number" ? `shade${shadeOf(value, edges)}` : "none" };
  };
  const drawnCodes = new Set([...countries.map((/** @type {any} */ one) => one.id), ...Object.keys(shapes.points)]);
  const isMissing = [...known.keys()].some((code) => !drawnCodes.has(code)) || answer.rows.some((row) => row.values[answer.at(level.name)] === null);
  let isFirst = true;
  const button = (/** @type {import("../answer.js").Row} */ row, /** @type {(style: string) => unknown} */ body) => {
    const { label, style } = shown(row);
    const made = html`<${Pressed} label=${label} isFirst=${isFirst} onPick=${(/** @type {Element} */ target) => pick(target, { row, column })}>${body(style)}<//>`;
    isFirst = false;
    return made;
  };
  return html`
    <svg class="map" viewBox=${`0 0 ${width} ${tall}`} style=${{ height: `${tall}px`, flex: "none" }} role="group" aria-label=${t("chart.map", { title })} direction="ltr">
      <${Hatch} />
      ${countries.filter((/** @type {any} */ one) => !known.has(one.id)).map((/** @type {any} */ one) => html`<path class="land" d=${path(one)} />`)}
      ${countries.filter((/** @type {any} */ one) => known.has(one.id)).map((/** @type {any} */ one) => button(/** @type {any} */ (known.get(one.id)), (style) => html`<path class=${`mark ${style}`} d=${path(one)} />`))}
      ${Object.entries(shapes.points).filter(([code]) => known.has(code)).map(([code, point]) => {
        const [x, y] = projection(/** @type {any} */ (point)) ?? [0, 0];
        return button(/** @type {any} */ (known.get(code)), (style) => html`<circle class=${`mark ${style}`} cx=${x} cy=${y} r="4" />`);
      })}
    </svg>
    <ul class="legend">${[undefined, ...edges].map((edge, place) => html`<li><svg viewBox="0 0 16 10" aria-hidden="true"><rect class=${`shade${place + 1}`} width="16" height="10" rx="2" /></svg>
      ${edge === undefined ? t("chart.below", { value: edges.length ? plain(edges[0], column) : "" }) : t("chart.from", { value: plain(edge, column) })}</li>`)}</ul>
    ${isMissing && html`<p class="small">${t("chart.not_on_map")}</p>`}
    <p class="disclaimer">${t("chart.disclaimer")}</p>`;
}
