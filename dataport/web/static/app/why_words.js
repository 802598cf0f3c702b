// The words of a change between two days: of the page that tells it, and as the service, the command and Python take them.
import { to } from "./address.js";

/** @typedef {import("./types.js").Question} Question of one indicator, as of the later day, compared with the earlier one */

/** The words of the service for it. @param {Question} question */
export const changeWords = ({ indicators, compare, as_of, by = [], where = [], geography, totals, subtotals }) => ({
  indicator: indicators[0], between: [compare, as_of], by, where,
  ...(geography ? { geography } : {}), ...(totals ? { totals } : {}), ...(subtotals?.length ? { subtotals } : {}),
});

/** The address of the page. @param {Question} question */
export function changeAddress({ indicators, compare, as_of, by = [], where = [], geography }) {
  const said = [["indicators", indicators[0]], ["between", `${compare}..${as_of}`], ...by.map((one) => ["by", one]), ...where.map((one) => ["where", one])];
  return to("why", "", new URLSearchParams(geography ? [...said, ["geography", geography]] : said));
}
