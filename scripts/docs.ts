import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateDocs } from "./generated-docs.ts";

/** `npm run docs`: writes the pages that are made from the code. A test fails when they are not up to date. */
const folder = join(import.meta.dirname, "../docs");
mkdirSync(join(folder, "generated"), { recursive: true });
for (const [file, text] of Object.entries(await generateDocs())) writeFileSync(join(folder, file), text);
console.log(`Wrote api.md and generated/ in ${folder}.`);
