// The page for who is not signed in. It asks for no password: the organisation's identity provider does.
import { html } from "../vendor/preact.js";
import { LanguageChoice, Live } from "./shell.js";
import { t } from "./words.js";

/** @param {{ways: Array<{name: string, address: string}>, problem: Error|null}} props */
export function SignIn({ ways, problem }) {
  return html`
    <main id="main" class="signin">
      <h1>Dataport</h1>
      <p>${t("signin.what")}</p>
      ${problem && html`<p role="alert" class="problem">${t("problem.offline")}</p>`}
      <ul>${ways.map((way) => html`<li><a class="button main" href=${way.address}>${t("signin.with", { name: way.name })}</a></li>`)}</ul>
      ${!problem && !ways.length && html`<p>${t("signin.link")}</p>`}
      <p class="small">${t("signin.kept")}</p>
      <${LanguageChoice} />
    </main>
    <${Live} />`;
}
