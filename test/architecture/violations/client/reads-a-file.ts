// breaks: client-stands-on-three-packages
export { readFile } from "node:fs/promises";
