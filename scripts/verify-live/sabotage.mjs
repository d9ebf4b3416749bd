// Plants one bug of bugs.ts in the process that imports this: `node --import ./scripts/verify-live/sabotage.mjs?bug=NAME`.
// The text of a module is changed while it is loaded, so that what ships holds no switches.
import { registerHooks } from "node:module";
import { BUGS, plant } from "./bugs.ts";

const name = new URL(import.meta.url).searchParams.get("bug");
const bug = BUGS.find((one) => one.name === name);
if (!bug) throw new Error(`There is no bug "${name}" to plant.`);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(`/${bug.file}`)) return loaded;
    return { ...loaded, source: plant(bug, String(loaded.source)) };
  },
});
