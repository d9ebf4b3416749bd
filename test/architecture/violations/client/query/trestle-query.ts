// breaks: options-stand-on-tanstack-query
export { readFile } from "node:fs";
