// What goes between modules and the service, for the checker alone: no browser loads this file.

/**
 * @typedef {object} Session
 * @property {string|null} login
 * @property {string} [viewer_class]
 * @property {string[]} [may_open] the entities whose records this account may open
 * @property {string|null} [csrf] the token that goes with whatever is sent by POST
 * @property {Array<{name: string, address: string}>} [ways] how to sign in, for who is not
 * @property {boolean} [is_demo]
 */

/**
 * A question in the words of the command line. What is not said is left out.
 * @typedef {object} Question
 * @property {string[]} indicators
 * @property {string[]} [by]
 * @property {string[]} [where]
 * @property {string} [as_of]
 * @property {string} [period]
 * @property {string} [grain]
 * @property {string} [compare]
 * @property {string} [geography]
 * @property {boolean} [totals]
 * @property {string[][]} [subtotals]
 * @property {string[]} [order]
 * @property {number} [top]
 * @property {boolean} [other]
 * @property {string} [across]
 */

/**
 * @typedef {"withheld"|"not_permitted"|"outside_history"|"not_for_release"|"kept"} StatusCode
 * @typedef {{name: string, label: string, type: string, unit: string|null, role: "level"|"indicator"|"start"|"end"|"movement"}} Column
 * @typedef {{row: number, column: string, code: StatusCode}} CellStatus
 * @typedef {string|number|boolean|null} Value
 * @typedef {{levels: string[], rows: Value[][], status: CellStatus[]}} Total
 * @typedef {Record<string, any> & {data_version: number|string, as_of: string, scope: string, question: string, viewer_class: string, limits: string[]}} Meta
 */

/**
 * An answer as the service tells it.
 * @typedef {object} Told
 * @property {Column[]} columns
 * @property {Value[][]} rows
 * @property {CellStatus[]} status
 * @property {Total[]} totals
 * @property {Record<string, Record<string, string>>} members
 * @property {Meta} meta
 */

/**
 * @typedef {object} IndicatorTold
 * @property {string} name
 * @property {string} label
 * @property {string} description
 * @property {string} unit
 * @property {string} kind
 * @property {string} subject
 * @property {string} computed
 * @property {string} over
 * @property {string} condition
 * @property {string[]} breakdowns
 * @property {string[]} filters_only
 * @property {string} other_breakdowns
 * @property {string|null} [part_of] the KPI that it is a count of
 * @property {Array<{label: string, text: string, reason: string}>} rules
 */

/**
 * @typedef {{name: string, label: string, description: string, type: string, tier?: string, code_list?: string|null, place_level?: number|null, base?: string|null, reached?: string, part_of?: string|null}} LevelTold
 * @typedef {{indicators: IndicatorTold[], breakdowns: LevelTold[]}} Catalog
 */

/**
 * @typedef {Record<string, string>} Texts one text in several languages
 * @typedef {object} Tile
 * @property {string} id
 * @property {"number"|"kpi"|"chart"|"table"|"change"|"text"} kind
 * @property {Texts|string} title
 * @property {[number, number, number, number]} place column, row, width and height in a grid of twelve columns
 * @property {Question} [ask]
 * @property {string} [chart]
 * @property {Texts|string} [text]
 *
 * @typedef {object} Dashboard
 * @property {string} name
 * @property {Texts|string} title
 * @property {Texts|string} [about]
 * @property {string[]} filters
 * @property {Tile[]} tiles
 * @property {{number: number, version: number, owner: string, is_mine: boolean, is_starred: boolean, sharing: {shared_with: string, name: string|null}}} [saved] of one that somebody keeps
 */

export {};
