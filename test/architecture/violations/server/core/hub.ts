// breaks: no-cycles
import type { Log } from "./log.ts";
export type Hub = { log: Log };
