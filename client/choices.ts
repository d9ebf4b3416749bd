import * as enums from "../db/enums.ts";
import type { TaskReminders } from "../server/domains/home/reminders.contract.ts";
import type { BoardMember, Snapshot } from "../server/domains/work/boards.contract.ts";
import type { Column } from "../server/domains/work/columns.contract.ts";
import type { Label } from "../server/domains/work/labels.contract.ts";
import type { Card } from "../server/domains/work/tasks.contract.ts";

// What there is to choose from, in its order: for the forms of front ends.

/** Who manages a board first, who only reads it last. */
export const BOARD_ROLES: readonly NonNullable<BoardMember["role"]>[] = enums.BOARD_ROLES;
export const LABEL_COLORS: readonly Label["color"][] = enums.LABEL_COLORS;
/** By what the tasks of a board stand in lanes, besides the fields of its project. */
export const LANE_KINDS: readonly NonNullable<Snapshot["laneBy"]>[] = enums.LANE_KINDS;
/** The least first. */
export const PRIORITIES: readonly Card["priority"][] = enums.PRIORITIES;
/** How long before a date one can be reminded of it, in minutes; 0 is at it. */
export const REMINDER_LEADS: readonly NonNullable<TaskReminders["leadMinutes"]>[number][] = enums.REMINDER_LEADS;
/** What the tasks of a column are. */
export const STATE_GROUPS: readonly Column["stateGroup"][] = enums.STATE_GROUPS;
/** What a limit of a column does with one task more. */
export const WIP_MODES: readonly Column["wipMode"][] = enums.WIP_MODES;
