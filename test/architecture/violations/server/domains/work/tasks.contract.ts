// breaks: leaves-import-zod-and-leaves
export { now } from "../../core/clock.ts";
