// breaks: no-barrels
export * from "./tasks.service.ts";
