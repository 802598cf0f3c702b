// A population pyramid: ages upwards, men to one side, women to the other, both on one scale.
import { html } from "../../vendor/preact.js";
import { scaleBand, scaleLinear } from "../../vendor/d3.js";
import { keyOf, membersOf } from "../answer.js";
import { cell, member, noRow } from "../cells.js";
import { brief, t } from "../words.js";
import { Hatch, Pressed, fitted } from "./parts.js";
import { sidesOf } from "./series.js";

/** @param {{answer: import("../answer.js").Answer, title: string, width: number, height: number, pick: any}} props */
export function Picture({ answer, title, width, height, pick }) {
  const { side, ages } = /** @type {NonNullable<ReturnType<typeof sidesOf>>} */ (sidesOf(answer));
  const column = answer.numbers[0];
  const known = membersOf(answer, ages.name).filter((one) => one !== null);
  const bands = [...known].sort((a, b) => parseInt(String(a), 10) - parseInt(String(b), 10)).reverse();
  const rows = new Map(answer.rows.map((row) => [keyOf(row.values[answer.at(ages.name)]) + keyOf(row.values[answer.at(side.name)]), row]));
  const all = answer.rows.map((row) => row.values[answer.at(column.name)]).filter((one) => typeof one === "number");
  const isLeftOut = answer.rows.some((row) => row.values[answer.at(ages.name)] === null || row.values[answer.at(side.name)] === null);
  const middle = 62, tall = Math.max(200, height - (isLeftOut ? 30 : 6)), foot = 22, head = 20;
  const half = (width - middle) / 2;
  const x = scaleLinear([0, Math.max(1, .../** @type {number[]} */ (all))], [0, half - 34]).nice(3);
  const y = scaleBand(bands.map(String), [head, tall - foot]).padding(0.16);
  // in a low picture not every age has room for its name; each mark has it
  const every = Math.max(1, Math.ceil(12 / y.step()));
  const left = half, right = half + middle;
  const sides = /** @type {const} */ ([["M", -1, "var(--c2)"], ["F", 1, "var(--c1)"]]);
  return html`
    <svg viewBox=${`0 0 ${width} ${tall}`} style=${{ height: `${tall}px`, flex: "none" }} role="group" aria-label=${t("chart.pyramid", { title })} direction="ltr">
      <${Hatch} />
      ${x.ticks(3).map((/** @type {number} */ tick) => html`
        <line class="rule" x1=${left - x(tick)} x2=${left - x(tick)} y1=${head} y2=${tall - foot} /><line class="rule" x1=${right + x(tick)} x2=${right + x(tick)} y1=${head} y2=${tall - foot} />
        <text class="axis" x=${left - x(tick)} y=${tall - 6} text-anchor="middle">${brief(tick)}</text><text class="axis" x=${right + x(tick)} y=${tall - 6} text-anchor="middle">${brief(tick)}</text>`)}
      ${sides.map(([code, way]) => html`<text x=${way < 0 ? left - 4 : right + 4} y="12" text-anchor=${way < 0 ? "end" : "start"}>${member(code, side, answer)}</text>`)}
      ${bands.map((band, place) => (bands.length - 1 - place) % every === 0 && html`<text class="axis" x=${half + middle / 2} y=${Number(y(String(band))) + y.bandwidth() / 2} dy="0.35em" text-anchor="middle">${fitted(member(band, ages, answer), middle)}</text>`)}
      ${bands.map((band, place) => sides.map(([code, way, fill]) => {
        const row = rows.get(keyOf(band) + keyOf(code)) ?? null;
        const value = row?.values[answer.at(column.name)];
        const told = row ? cell(value ?? null, column, row.codes[column.name]) : noRow(answer);
        const isShown = typeof value === "number";
        const wide = isShown ? x(value) : told.kind === "no_row" ? 0 : 12;
        const label = `${member(code, side, answer)}, ${member(band, ages, answer)}: ${told.text}${told.said ? ` (${told.said})` : ""}`;
        const at = way < 0 ? left - wide : right;
        return html`<${Pressed} label=${label} isFirst=${place === 0 && way < 0} onPick=${(/** @type {Element} */ target) => row && pick(target, { row, column })}>
          <rect class=${isShown ? "mark" : "mark none"} x=${at} y=${y(String(band))} width=${Math.max(wide, 0.5)} height=${y.bandwidth()} fill=${isShown ? fill : undefined} rx="1.5" /><//>
          ${!isShown && html`<text class="axis" aria-hidden="true" x=${way < 0 ? at - 4 : at + wide + 4} y=${Number(y(String(band))) + y.bandwidth() / 2} dy="0.35em" text-anchor=${way < 0 ? "end" : "start"}>${told.text}</text>`}`;
      }))}
    </svg>
    ${isLeftOut && html`<p class="small">${t("chart.unknown_left_out")}</p>`}`;
}
