// Makes drizzle-orm load its CommonJS build; used as `node --import ./scripts/drizzle-cjs.mjs`, and by vitest's workers.
//
// Its ES build is about a hundred small files below a package.json of 180 kB that Node parses again for each of them:
// half a second and 100 MB more at every start (0.45.4, Node 24). Both builds hold the same code. Never mix them in one
// process: each has classes of its own, and `is(column, PgColumn)` then answers false.
import { enableCompileCache, registerHooks } from "node:module";
import { join } from "node:path";

// What is compiled at a start is kept for the next one, which takes a third less CPU then. Where it cannot be written
// nothing is kept; whoever can write there can write the code, too.
enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/compiled"));

/** What is imported by name: `drizzle-orm`, `drizzle-orm/pg-core`. */
const BY_NAME = /^drizzle-orm(?:\/|$)/u;
/** What arrives resolved already, which is how vitest asks: a path or a file URL into the ES build. */
const BY_PATH = /[\\/]node_modules[\\/]drizzle-orm[\\/].+\.js$/u;

/** Where each name leads: for every import by name Node would parse those 180 kB, a third of what a start takes. */
const known = new Map();

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (BY_NAME.test(specifier)) {
      if (!known.has(specifier)) {
        const found = nextResolve(specifier, { ...context, conditions: ["node", "require"] });
        known.set(specifier, { ...found, shortCircuit: true });
      }
      return known.get(specifier);
    }
    if (BY_PATH.test(specifier)) return nextResolve(specifier.replace(/\.js$/u, ".cjs"), context);
    return nextResolve(specifier, context);
  },
});
