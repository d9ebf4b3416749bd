// breaks: imports-resolve
export { nothing } from "./not-there.ts";
