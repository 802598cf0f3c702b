// Lines of a trend. Periods of which nothing is known are hatched, and no line is drawn over them.
import { html } from "../../vendor/preact.js";
import { line, scaleLinear, scalePoint } from "../../vendor/d3.js";
import { scaleOf } from "../cells.js";
import { isRightToLeft, t } from "../words.js";
import { DASHES, Hatch, Legend, Pressed, anchor, colour, readingOf } from "./parts.js";
import { seriesOf } from "./series.js";

/** @param {{answer: import("../answer.js").Answer, title: string, width: number, height: number, pick: any}} props */
export function Picture({ answer, title, width, height, pick }) {
  const data = seriesOf(answer);
  const left = 52, bottom = 26, right = 14;
  const all = data.categories.flatMap((_, place) => data.series.map((__, series) => data.at(place, series).value)).filter((one) => one !== null);
  const most = Math.max(...all, 0), least = Math.min(...all, most);
  // where everything is far from nothing, the axis does not begin there, and says so
  const isCut = least > most * 0.5;
  const tall = Math.max(140, height - (data.series.length > 1 ? 34 : 6) - 21 * (data.notes.length + Number(isCut)));
  const y = scaleLinear([isCut ? least - (most - least || most) * 0.3 : Math.min(0, least), most || 1], [tall - bottom, 10]).nice(5);
  const places = data.categories.map((_, place) => String(place));
  const x = scalePoint(places, isRightToLeft() ? [width - left, right] : [left, width - right]).padding(0.4);
  const at = (/** @type {number} */ place) => Number(x(String(place)));
  const edge = isRightToLeft() ? width - left : left, far = isRightToLeft() ? right : width - right;
  const every = Math.ceil(data.categories.length / Math.max(2, Math.floor(width / 90)));
  const read = readingOf(y.ticks(5), scaleOf(data.column) === "percent");
  const isDark = places.map((_, place) => data.series.every((__, series) => data.at(place, series).value === null));
  return html`
    ${data.series.length > 1 && html`<${Legend} labels=${data.series.map((one) => one.label)} isLine />`}
    <svg viewBox=${`0 0 ${width} ${tall}`} style=${{ height: `${tall}px`, flex: "none" }} role="group" aria-label=${t("chart.lines", { title })} direction="ltr">
      <${Hatch} />
      ${isDark.map((dark, place) => dark && html`<rect class="none" x=${at(place) - x.step() / 2} y="10" width=${x.step()} height=${tall - bottom - 10} opacity="0.35"><title>${data.at(place, 0).label}</title></rect>`)}
      ${y.ticks(5).map((/** @type {number} */ tick) => html`<line class=${tick === 0 ? "base" : "rule"} x1=${edge} x2=${far} y1=${y(tick)} y2=${y(tick)} />
        <text class="axis" x=${isRightToLeft() ? edge + 6 : edge - 6} y=${y(tick)} dy="0.35em" text-anchor=${anchor("end")}>${read(tick)}</text>`)}
      ${data.categories.map((one, place) => place % every === 0 && html`<text class="axis" x=${at(place)} y=${tall - 6} text-anchor="middle">${one.label}</text>`)}
      ${data.series.map((_, series) => html`<path fill="none" stroke=${colour(series)} stroke-width="2.5" stroke-dasharray=${DASHES[series % 8]} stroke-linejoin="round" d=${path(data, series, at, y)} />`)}
      ${data.series.map((_, series) => places.map((__, place) => {
        const mark = data.at(place, series);
        return mark.value !== null && html`<${Pressed} label=${mark.label} isFirst=${series === 0 && isFirst(data, place)} onPick=${(/** @type {Element} */ target) => pick(target, mark)}>
          <circle cx=${at(place)} cy=${y(mark.value)} r="11" fill="transparent" /><circle class="mark" cx=${at(place)} cy=${y(mark.value)} r="3.5" fill=${colour(series)} /><//>`;
      }))}
    </svg>
    ${isCut && html`<p class="small">${t("chart.cut")}</p>`}
    ${data.notes.map((one) => html`<p class="small">${one}</p>`)}`;
}

/** Whether no period before has a value in the first series. @param {import("./series.js").Series} data @param {number} place */
function isFirst(data, place) {
  for (let before = 0; before < place; before += 1) if (data.at(before, 0).value !== null) return false;
  return true;
}

/** @param {import("./series.js").Series} data @param {number} series @param {(place: number) => number} at @param {any} y */
function path(data, series, at, y) {
  const points = data.categories.map((_, place) => /** @type {[number, number|null]} */ ([at(place), data.at(place, series).value]));
  return line().defined((/** @type {any} */ one) => one[1] !== null).x((/** @type {any} */ one) => one[0]).y((/** @type {any} */ one) => y(one[1]))(points) ?? "";
}
