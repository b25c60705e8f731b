// Typesets formulae: JSON [[TeX, display], ...] on stdin, JSON [{html} or {error}, ...] on stdout.
// The folder of the katex package is the first argument.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const katex = createRequire(import.meta.url)(process.argv[2]);
const formulae = JSON.parse(readFileSync(0, "utf8"));
const typeset = ([tex, displayMode]) => {
  try {
    // A letter such as Σ in a formula is fine; any other doubt of KaTeX's ends the build.
    const strict = (code) => (code === "unicodeTextInMathMode" ? "ignore" : "error");
    return { html: katex.renderToString(tex, { displayMode, strict, throwOnError: true }) };
  } catch (error) {
    return { error: error.message };
  }
};
process.stdout.write(JSON.stringify(formulae.map(typeset)));
