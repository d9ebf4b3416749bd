// breaks: client-sees-leaves-and-the-router
export { moveTask } from "../server/domains/work/tasks.service.ts";
