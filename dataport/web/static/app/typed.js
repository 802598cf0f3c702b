// A field whose text is the person's until they hand it in. A bound `value` would be written again whenever anything on the
// page is drawn again, say because an answer has arrived: what is half typed then would be gone.
import { html, useLayoutEffect, useRef } from "../vendor/preact.js";

/** What is given as `value` is written when it is another than before, and never over what is typed. @param {{value: string|number|undefined, [more: string]: any}} props */
export function Typed({ value, ...more }) {
  const field = useRef(/** @type {HTMLInputElement|null} */ (null));
  const text = String(value ?? "");
  useLayoutEffect(() => {
    if (field.current) field.current.value = text;
  }, [text]);
  return html`<input ref=${field} ...${more} />`;
}
