import type { ReadData, ReadEvent } from "./read-data.ts";
import { TELL_BOARDS } from "./tell-boards.ts";
import { TELL_ORGS } from "./tell-orgs.ts";
import { TELL_TASKS } from "./tell-tasks.ts";
import { ref, say, type Tellers, type Telling, told, type Word } from "./words.ts";

/** How each type of event is told: of boards, and of an organisation. */
export const ON_BOARDS: Tellers<keyof ReadData, ReadData> = { ...TELL_BOARDS, ...TELL_TASKS };
export const IN_ORGS = TELL_ORGS;

/** What an event says. One of a newer server says that something changed. */
export function tell({ taskId, taskCount, type, data }: ReadEvent): Telling {
  const the: Word = taskId === null ? `${taskCount} tasks` : ref("task", taskId);
  if (isOf(ON_BOARDS, type)) return ON_BOARDS[type](data, the);
  if (isOf(IN_ORGS, type)) return IN_ORGS[type](data, the);
  return told(say`changed something`);
}

function isOf<Tellers extends object>(tellers: Tellers, type: string): type is keyof Tellers & string {
  return Object.hasOwn(tellers, type);
}
