// Bars that lie: names of places are long. One series, several beside each other in a stack, or a stack of shares.
import { html } from "../../vendor/preact.js";
import { scaleBand, scaleLinear } from "../../vendor/d3.js";
import { scaleOf } from "../cells.js";
import { isRightToLeft, t } from "../words.js";
import { Hatch, Legend, Pressed, anchor, colour, fitted, readingOf } from "./parts.js";
import { seriesOf } from "./series.js";

const ROW = 26, LEAST = 19;

/** @typedef {{x: number, width: number, mark: import("./series.js").Mark, series: number}} Piece */

/** @param {{answer: import("../answer.js").Answer, kind: string, title: string, width: number, height: number, pick: any}} props */
export function Picture({ answer, kind, title, width, height, pick }) {
  const data = seriesOf(answer);
  const isStack = kind !== "bars" && data.series.length > 1;
  const lines = isStack ? 1 : data.series.length;
  const free = height - (data.series.length > 1 ? 48 : 4);
  const each = Math.max(LEAST + (lines - 1) * 12, Math.min(ROW + (lines - 1) * 12, (free - 22) / data.categories.length));
  const tall = data.categories.length * each + 22;
  const longest = Math.max(...data.categories.map((one) => one.label.length));
  const room = Math.min(width * 0.38, longest * 7.3 + 14);
  const value = kind === "share" ? 0 : 74;
  const bodies = data.categories.map((_, place) => (isStack ? stacked(data, place, kind === "share") : beside(data, place)));
  const ends = bodies.flatMap((one) => one.pieces.map((piece) => [piece.x, piece.x + piece.width])).flat();
  const most = kind === "share" ? 1 : Math.max(0, ...ends), least = Math.min(0, ...ends);
  const x = scaleLinear([least, most || 1], [room, width - value]);
  if (kind !== "share") x.nice(4);
  const y = scaleBand(data.categories.map((_, place) => String(place)), [22, tall]).paddingInner(0.28).paddingOuter(0.1);
  const mirror = (/** @type {number} */ at, /** @type {number} */ wide = 0) => (isRightToLeft() ? width - at - wide : at);
  const ticks = x.ticks(Math.max(2, Math.floor((width - room) / 110)));
  const read = readingOf(ticks, kind === "share" || scaleOf(data.column) === "percent");
  return html`
    ${data.series.length > 1 && html`<${Legend} labels=${data.series.map((one) => one.label)} />`}
    <svg viewBox=${`0 0 ${width} ${tall}`} style=${{ height: `${tall}px`, flex: "none" }} role="group" aria-label=${t("chart.bars", { title })} direction="ltr">
      <${Hatch} />
      ${ticks.map((/** @type {number} */ tick) => html`<line class=${tick === 0 ? "base" : "rule"} x1=${mirror(x(tick))} x2=${mirror(x(tick))} y1="18" y2=${tall} />
        <text class="axis" x=${mirror(x(tick))} y="12" text-anchor="middle">${read(tick)}</text>`)}
      ${data.categories.map((one, place) => {
        const top = Number(y(String(place))), high = y.bandwidth();
        const { pieces, note } = bodies[place];
        const end = Math.max(...pieces.map((piece) => x(piece.x + piece.width)), x(0));
        return html`
          <text x=${mirror(room - 8)} y=${top + high / 2} dy="0.35em" text-anchor=${anchor("end")}><title>${one.label}</title>${fitted(one.label, room - 10)}</text>
          ${pieces.map((piece, index) => html`<${Bar} piece=${piece} x=${x} top=${isStack ? top : top + (high / lines) * piece.series} high=${isStack ? high : high / lines} mirror=${mirror}
            isFirst=${place === 0 && index === 0} pick=${pick} isStack=${isStack} />`)}
          ${note && html`<text class="axis" x=${mirror(kind === "share" ? room + 6 : end + 6)} y=${top + high / 2} dy="0.35em" text-anchor=${anchor("start")}>${note}</text>`}`;
      })}
    </svg>
    ${data.notes.map((one) => html`<p class="small">${one}</p>`)}`;
}

/** @param {any} props */
function Bar({ piece, x, top, high, mirror, isFirst, pick, isStack }) {
  const { mark } = piece;
  const from = Math.min(x(piece.x), x(piece.x + piece.width)), wide = Math.abs(x(piece.x + piece.width) - x(piece.x));
  const isShown = mark.value !== null;
  const thick = Math.max(3, high - (isStack ? 0 : 1));
  const body = isShown
    ? html`<rect class="mark" x=${mirror(from, wide)} y=${top} width=${Math.max(wide, mark.value === 0 ? 0 : 1)} height=${thick} rx="2" fill=${colour(isStack || piece.isMany ? piece.series : 0)} />`
    : html`<rect class="mark none" x=${mirror(x(piece.x), 14)} y=${top} width="14" height=${thick} />`;
  return html`<${Pressed} label=${mark.label} isFirst=${isFirst} onPick=${(/** @type {Element} */ target) => pick(target, mark)}>${body}<//>
    ${!isStack && html`<text class="axis" aria-hidden="true" x=${mirror((isShown ? Math.max(from + wide, x(0)) : x(0) + 16) + 6)} y=${top + thick / 2} dy="0.35em" text-anchor=${anchor("start")}>${mark.cell.text}</text>`}`;
}

/** Bars of one category beside each other. @param {import("./series.js").Series} data @param {number} place */
function beside(data, place) {
  const pieces = data.series.map((_, series) => {
    const mark = data.at(place, series);
    return { x: 0, width: mark.value ?? 0, mark, series, isMany: data.series.length > 1 };
  });
  return { pieces, note: "" };
}

/** One bar of parts. Where a part is not shown, the whole is not known, and nothing is said in shares of it. @param {import("./series.js").Series} data @param {number} place @param {boolean} isShare */
function stacked(data, place, isShare) {
  const marks = data.series.map((_, series) => data.at(place, series));
  const there = marks.filter((one) => one.row || one.cell.kind === "withheld");
  const isWhole = there.every((one) => one.value !== null && one.value >= 0);
  if (isShare && !isWhole) return { pieces: [], note: t("chart.no_shares") };
  const sum = there.reduce((all, one) => all + (one.value ?? 0), 0);
  let at = 0;
  /** @type {Piece[]} */
  const pieces = [];
  marks.forEach((mark, series) => {
    if (!there.includes(mark)) return;
    const wide = isShare ? (sum ? Number(mark.value) / sum : 0) : Math.max(0, mark.value ?? 0);
    pieces.push({ x: at, width: wide, mark, series });
    at += wide;
  });
  return { pieces, note: isWhole ? "" : t("chart.parts_hidden") };
}
