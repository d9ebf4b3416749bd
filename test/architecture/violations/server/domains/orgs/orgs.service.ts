// breaks: services-import-no-router
export { tasks } from "../work/tasks.router.ts";
