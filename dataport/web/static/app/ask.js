// Ask: fields on the left, four shelves, and the answer below. Every step is an address, so that back takes it back.
import { html, useEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { go, route, to } from "./address.js";
import { readAnswer } from "./answer.js";
import { ask, catalog } from "./api.js";
import { openCondition } from "./condition.js";
import { FieldList } from "./fields.js";
import { levelOf, remember, valuesOf } from "./filters.js";
import { openMembers } from "./members.js";
import { Options } from "./options.js";
import { asked, put, readPlan, take, writePlan } from "./plan.js";
import { Result } from "./result.js";
import { Shelves, labelOf } from "./shelves.js";
import { announce, freshness, scope } from "./shell.js";
import { styled } from "./styles.js";
import { language, t } from "./words.js";

/** @typedef {import("./plan.js").Plan} Plan */
/** @typedef {import("./plan.js").Shelf} Shelf */

styled("ask");

export function Page() {
  const [known, take_] = useState(/** @type {import("./types.js").Catalog|null} */ (null));
  const [problem, fail] = useState("");
  useEffect(() => {
    catalog().then(take_, (failure) => fail(failure.message || t("problem.offline")));
  }, []);
  if (problem) return html`<p class="problem" role="alert">${problem}</p>`;
  return known ? html`<${Asking} known=${known} />` : html`<p class="starting">…</p>`;
}

/** @param {{known: import("./types.js").Catalog}} props */
function Asking({ known }) {
  const address = String(route.value.params);
  const plan = useMemo(() => readPlan(new URLSearchParams(address)), [address]);
  const question = useMemo(() => asked(plan), [plan]);
  const [state, cancel] = useAnswer(question);
  const settleOn = (/** @type {Plan} */ next) => go(to("ask", "", writePlan(next)));
  const filterBy = (/** @type {string} */ where, /** @type {string} */ said) => {
    if (where) settleOn(put(plan, "filters", where));
    announce(t("look.filtered", { said }));
  };
  const edit = (/** @type {string} */ where, /** @type {Element} */ anchor) => {
    const values = valuesOf(where), level = levelOf(where);
    const changed = (/** @type {string} */ next) => settleOn({ ...plan, question: { ...plan.question, where: [...(plan.question.where ?? []).filter((one) => one !== where), ...(next ? [next] : [])] } });
    if (values && known.breakdowns.some((one) => one.name === level)) openMembers(anchor, level, changed, values);
    else openCondition(anchor, where, changed);
  };
  const add = (/** @type {Shelf} */ shelf, /** @type {string} */ name, /** @type {Element} */ anchor, /** @type {number} */ place = Infinity) => {
    if (shelf === "filters" && known.breakdowns.some((one) => one.name === name)) {
      openMembers(anchor, name, filterBy);
      return;
    }
    if (shelf === "filters" && known.indicators.some((one) => one.name === name)) {
      openCondition(anchor, `${name} >= 100`, (next) => filterBy(next, next));
      return;
    }
    settleOn(put(plan, shelf, name, place));
    announce(t("shelf.added", { label: labelOf(known, name, plan.question.grain), shelf: t(`shelf.${shelf}`) }));
  };
  const sort = (/** @type {string} */ name) => {
    const now = plan.question.order?.[0];
    const next = now === `${name}:desc` ? [name] : now === name ? [] : [`${name}:desc`];
    settleOn({ ...plan, question: { ...plan.question, order: next } });
  };
  const today = String(freshness.value?.watermark ?? new Date().toISOString()).slice(0, 10);
  // what the question is does not change when its answer comes
  const fields = useMemo(() => html`<${FieldList} known=${known} plan=${plan} add=${add} />`, [known, plan, language.value]);
  const shelves = useMemo(() => html`
    <${Shelves} known=${known} plan=${plan} add=${add} remove=${(/** @type {Shelf} */ shelf, /** @type {string} */ name) => settleOn(take(plan, shelf, name))} edit=${edit} />
    <${Options} plan=${plan} today=${today} change=${(/** @type {any} */ more) => settleOn({ ...plan, question: { ...plan.question, ...more } })} />`, [known, plan, today, language.value]);
  return html`
    <div class="asking">
      ${fields}
      <div class="work">
        <h1 class="unseen">${t("page.ask")}</h1>
        ${shelves}
        <p class="written"><button class="quiet small" onClick=${(/** @type {any} */ event) => openCondition(event.currentTarget, "", (next) => filterBy(next, next))}>${t("ask.write_filter")}</button>
          ${question.indicators.length > 0 && html`<button class="quiet small" onClick=${() => go(to("ask"))}>${t("ask.anew")}</button>
          <button class="quiet small" onClick=${async (/** @type {any} */ { currentTarget }) => (await import("./kept.js")).openKeeping(currentTarget, question)}>${t("kept.keep")}</button>`}
          <button class="quiet small" onClick=${async (/** @type {any} */ { currentTarget }) => (await import("./kept.js")).openKept(currentTarget)}>${t("kept.title")}</button></p>
        ${question.indicators.length
          ? html`<${Result} ...${state} question=${question} plan=${plan} cancel=${cancel} onPick=${filterBy} onSort=${sort} setView=${(/** @type {string} */ view) => settleOn({ ...plan, view })} />`
          : html`<${Begin} known=${known} />`}
      </div>
    </div>`;
}

/** When nothing else is to be done. @param {() => void} act */
const soon = (act) => (window.requestIdleCallback ?? setTimeout)(act);

/** What the next answer is likely to be drawn with, so that it need not be waited for. */
const pictures = () => Promise.all(["bars", "pyramid", "heat", "lines"].map((name) => import(`./chart/${name}.js`))).catch(() => null);

/** What to begin with, for who has not asked anything yet. @param {{known: import("./types.js").Catalog}} props */
function Begin({ known }) {
  const first = [["active_individuals", "country_of_asylum"], ["share_of_children", "population_type"], ["new_registrations", "country_of_origin"]].filter(([name]) => known.indicators.some((one) => one.name === name));
  return html`<div class="begin"><p>${t("ask.begin")}</p><ul>${first.map(([indicator, by]) => html`<li><a href=${to("ask", "", new URLSearchParams({ indicators: indicator, by }))}>${t("ask.example", { indicator: labelOf(known, indicator, ""), level: labelOf(known, by, "") })}</a></li>`)}</ul></div>`;
}

/**
 * The answer to a question; another one takes its place, and what is no longer wanted is not waited for.
 * @param {import("./types.js").Question} question
 * @returns {[{answer: any, problem: any, isBusy: boolean}, () => void]}
 */
function useAnswer(question) {
  const [state, take_] = useState({ answer: /** @type {any} */ (null), problem: /** @type {any} */ (null), isBusy: false });
  const control = useRef(/** @type {AbortController|null} */ (null));
  const said = JSON.stringify(question);
  // asked before anything is drawn: the service works meanwhile
  const under = useMemo(() => {
    control.current?.abort();
    if (!question.indicators.length) return null;
    const mine = (control.current = new AbortController());
    const told = ask(question, mine.signal).then((one) => ({ told: one, problem: null }), (problem) => ({ told: null, problem }));
    return { mine, told };
  }, [said]);
  useEffect(() => {
    if (!under) {
      take_({ answer: null, problem: null, isBusy: false });
      return undefined;
    }
    take_((before) => ({ ...before, isBusy: true }));
    under.told.then(({ told, problem }) => {
      if (under.mine.signal.aborted) return;
      if (told) {
        const answer = readAnswer(told);
        remember(answer.members);
        scope.value = answer.meta.scope;
        take_({ answer, problem: null, isBusy: false });
        announce(t("result.ready", { n: answer.rows.length }));
        soon(pictures);
      } else take_((before) => ({ ...before, problem: problem.code === "offline" ? { message: t("problem.offline") } : problem, isBusy: false }));
    });
    return () => under.mine.abort();
  }, [under]);
  const cancel = () => {
    control.current?.abort();
    take_((before) => ({ ...before, isBusy: false }));
    announce(t("result.cancelled"));
  };
  return [state, cancel];
}
