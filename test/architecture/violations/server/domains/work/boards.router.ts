// breaks: only-the-router-mounts-routers
export { tasks } from "./tasks.router.ts";
