// breaks: routers-run-no-queries
export { task } from "../../../db/schema/work.ts";
