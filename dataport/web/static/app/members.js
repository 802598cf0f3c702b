// Members of a breakdown to filter by. They come from the service, as far as who asks may see them, and without counts.
import { html, useEffect, useState } from "../vendor/preact.js";
import { catalog, values } from "./api.js";
import { openDialog } from "./dialog.js";
import { only, remember } from "./filters.js";
import { language, t } from "./words.js";

/**
 * @param {Element} anchor
 * @param {string} level
 * @param {(where: string, said: string) => void} pick
 * @param {import("./types.js").Value[]} [chosen]
 */
export async function openMembers(anchor, level, pick, chosen = []) {
  const label = (await catalog()).breakdowns.find((one) => one.name === level)?.label ?? level;
  openDialog(t("look.filter_by", { level: label }), (close) => html`<${Choice} level=${level} label=${label} chosen=${chosen} done=${(/** @type {any} */ where, /** @type {string} */ said) => {
    close();
    pick(where, said);
  }} />`, anchor);
}

/** @param {{level: string, label: string, chosen: import("./types.js").Value[], done: (where: string, said: string) => void}} props */
function Choice({ level, label, chosen, done }) {
  const [known, take] = useState(/** @type {Array<{code: any, label: string}>|null} */ (null));
  const [problem, fail] = useState("");
  const [search, look] = useState("");
  const [picked, choose] = useState(/** @type {any[]} */ (chosen));
  useEffect(() => {
    const control = new AbortController();
    values(level, control.signal).then(({ values: found }) => {
      const all = found.sort((/** @type {any} */ a, /** @type {any} */ b) => String(a.label).localeCompare(String(b.label), language.value, { numeric: true })).map((/** @type {any} */ one) => ({ ...one, code: typeof one.code === "string" ? one.code.replace(/^unhcr:/, "") : one.code }));
      remember({ [level]: Object.fromEntries(all.map((/** @type {any} */ one) => [one.code, one.label])) });
      take([...all, { code: null, label: t("member.unknown") }]);
    }, (failure) => control.signal.aborted || fail(failure.message));
    return () => control.abort();
  }, []);
  const shown = (known ?? []).filter((one) => `${one.label} ${one.code}`.toLowerCase().includes(search.toLowerCase()));
  const turn = (/** @type {any} */ code) => choose(picked.includes(code) ? picked.filter((one) => one !== code) : [...picked, code]);
  const said = picked.map((code) => known?.find((one) => one.code === code)?.label ?? String(code)).join(", ");
  return html`<form method="dialog" onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    if (picked.length) done(only(level, picked), `${label}: ${said}`);
  }}>
    <label class="field"><span>${t("members.search")}</span><input type="search" autofocus value=${search} onInput=${(/** @type {any} */ event) => look(event.currentTarget.value)} /></label>
    ${problem && html`<p class="problem" role="alert" lang="en">${problem}</p>`}
    ${!known && !problem && html`<p class="waiting" aria-hidden="true"></p>`}
    <fieldset class="choices"><legend class="unseen">${label}</legend>
      ${shown.slice(0, 300).map((one) => html`<label><input type="checkbox" checked=${picked.includes(one.code)} onChange=${() => turn(one.code)} /> ${String(one.label)}</label>`)}
      ${shown.length > 300 && html`<p class="small">${t("members.more", { n: shown.length - 300 })}</p>`}
    </fieldset>
    <p class="actions"><button class="main" disabled=${!picked.length}>${t("members.apply", { n: picked.length })}</button></p>
  </form>`;
}
