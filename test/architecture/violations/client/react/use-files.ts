// breaks: hooks-stand-on-react
export { readFile } from "node:fs";
