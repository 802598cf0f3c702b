// The answer to one question that a part of a page has: nothing yet, the answer, or why there is none.
import { useEffect, useState } from "../vendor/preact.js";
import { readAnswer } from "./answer.js";
import { ask } from "./api.js";
import { remember } from "./filters.js";

/** @typedef {{answer: import("./answer.js").Answer|null, problem: string}} Asked */

/** @param {import("./types.js").Question|null} question nothing is asked where it is null @returns {Asked} */
export function useAnswerTo(question) {
  const [state, take] = useState(/** @type {Asked} */ ({ answer: null, problem: "" }));
  useEffect(() => {
    if (!question) return undefined;
    const control = new AbortController();
    ask(question, control.signal).then((told) => {
      const answer = readAnswer(told);
      remember(answer.members);
      take({ answer, problem: "" });
    }, (failure) => control.signal.aborted || take({ answer: null, problem: failure.message }));
    return () => control.abort();
  }, [JSON.stringify(question)]);
  return state;
}
