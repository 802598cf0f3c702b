// The linter of the pages: what is wrong or misleading, not how lines are broken.
import js from "@eslint/js";

const names = ["window", "document", "location", "history", "navigator", "fetch", "URL", "URLSearchParams", "Blob", "DOMRect", "ResizeObserver", "TextDecoder", "AbortController",
  "requestAnimationFrame", "setTimeout", "setInterval", "clearInterval", "clearTimeout", "addEventListener", "removeEventListener", "innerWidth", "innerHeight", "matchMedia", "getComputedStyle", "CSS", "console", "FileReader", "FormData", "structuredClone"];

export default [
  js.configs.recommended,
  {
    files: ["**/*.js"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: Object.fromEntries(names.map((one) => [one, "readonly"])) },
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }], "no-var": "error", "prefer-const": "error", "no-implied-eval": "error", "no-new-func": "error", "no-shadow": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }], "no-console": "error", "no-alert": "error", "no-param-reassign": "error", "max-lines": ["error", 300],
    },
  },
];
