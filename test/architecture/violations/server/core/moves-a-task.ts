// breaks: core-knows-no-domain
export { moveTask } from "../domains/work/tasks.service.ts";
