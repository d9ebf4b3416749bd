export { createTrestleQuery, useTrestleQuery } from "./trestle-query.ts";
export type { TrestleQuery } from "./trestle-query.ts";
