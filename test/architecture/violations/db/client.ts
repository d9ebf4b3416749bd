// breaks: db-is-the-bottom
export { now } from "../server/core/clock.ts";
