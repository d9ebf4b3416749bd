// breaks: what-a-browser-runs-needs-no-zod
export { Task } from "../server/domains/work/tasks.contract.ts";
