// Why a number moved: from its start, by each movement, to its end. Both ends meet, because the service made sure of it.
import { html } from "../../vendor/preact.js";
import { scaleBand, scaleLinear } from "../../vendor/d3.js";
import { cell } from "../cells.js";
import { isRightToLeft, t } from "../words.js";
import { Hatch, anchor, fitted } from "./parts.js";

/** @param {{answer: import("../answer.js").Answer, title: string, width: number, height: number}} props */
export function Picture({ answer, title, width, height }) {
  const row = answer.rows[0] ?? answer.totals.at(-1);
  const steps = stepsOf(answer, row);
  const tall = Math.max(height - 8, steps.length * 28);
  const room = Math.min(width * 0.36, Math.max(...steps.map((one) => one.column.label.length)) * 7 + 12);
  const moved = steps.filter((one) => one.isMove && one.value !== null);
  const ends = moved.flatMap((one) => [one.from, one.to]);
  // a stock is large beside what moves it: the picture is of what moved, and both ends are told as numbers
  const x = scaleLinear([Math.min(0, ...ends), Math.max(0, ...ends, 1e-9)], [room + 4, width - 88]);
  const y = scaleBand(steps.map((one) => one.column.name), [0, tall]).padding(0.24);
  const mirror = (/** @type {number} */ at, /** @type {number} */ wide = 0) => (isRightToLeft() ? width - at - wide : at);
  return html`<svg viewBox=${`0 0 ${width} ${tall}`} style=${{ height: `${tall}px`, flex: "none" }} role="img" aria-label=${t("chart.waterfall", { title, steps: steps.map((one) => `${one.column.label} ${one.told.text}`).join("; ") })} direction="ltr">
    <${Hatch} />
    <line class="base" x1=${mirror(x(0))} x2=${mirror(x(0))} y1="0" y2=${tall} />
    ${steps.map((one) => {
      const top = Number(y(one.column.name)), high = y.bandwidth(), middle = top + high / 2;
      const from = Math.min(x(one.from), x(one.to)), wide = Math.abs(x(one.to) - x(one.from));
      const after = Math.max(x(one.from), x(one.to)) + (one.isMove && one.value === null ? 20 : 6);
      return html`<g><title>${one.told.said}</title>
        <text x=${mirror(room - 6)} y=${middle} dy="0.35em" text-anchor=${anchor("end")} font-weight=${one.isMove ? 400 : 650}>${fitted(one.column.label, room)}</text>
        ${one.isMove && one.value !== null && html`<rect x=${mirror(from, wide)} y=${top} width=${Math.max(wide, 1)} height=${high} rx="2" fill=${one.value < 0 ? "var(--c2)" : "var(--c1)"} />`}
        ${one.isMove && one.value === null && html`<rect class="none" x=${mirror(x(one.from), 14)} y=${top} width="14" height=${high} />`}
        <text class="axis" x=${mirror(after)} y=${middle} dy="0.35em" text-anchor=${anchor("start")} font-weight=${one.isMove ? 400 : 650}>${one.told.text}</text></g>`;
    })}
  </svg>`;
}

/** @param {import("../answer.js").Answer} answer @param {import("../answer.js").Row} row */
function stepsOf(answer, row) {
  let at = 0;
  return answer.numbers.map((column) => {
    const value = row.values[answer.at(column.name)];
    const isMove = column.role === "movement";
    const from = at;
    if (isMove && typeof value === "number") at += value;
    return { column, isMove, value: typeof value === "number" ? value : null, from, to: at, told: cell(value, column, row.codes[column.name]) };
  });
}
