import type { Column, CreateColumn, UpdateColumn } from "./columns.contract.ts";

// What a column is set to, as server and client decide it alike.

/** What `columns.update` sets. */
export type ColumnSettings = Pick<Column, "name" | "stateGroup" | "wipLimit" | "wipMode">;

/** The settings of a new column, in the order in which a snapshot shows them. */
export function withDefaults({
  stateGroup = "unstarted",
  wipLimit = null,
  wipMode = "hard",
}: Pick<CreateColumn, "stateGroup" | "wipLimit" | "wipMode">): Omit<ColumnSettings, "name"> {
  return { stateGroup, wipLimit, wipMode };
}

/** What is absent stays. */
export function settingsAfter(before: Column, change: Pick<UpdateColumn, keyof ColumnSettings>): ColumnSettings {
  const { name = before.name, stateGroup = before.stateGroup } = change;
  const { wipLimit = before.wipLimit, wipMode = before.wipMode } = change;
  return { name, stateGroup, wipLimit, wipMode };
}

export function isSame(before: Column, { name, stateGroup, wipLimit, wipMode }: ColumnSettings): boolean {
  const isCalledSo = name === before.name && stateGroup === before.stateGroup;
  return isCalledSo && wipLimit === before.wipLimit && wipMode === before.wipMode;
}

/** The most open tasks that may stand there; null: as many as there are, or more than it should be. */
export function hardLimitOf({ wipLimit, wipMode }: Pick<Column, "wipLimit" | "wipMode">): number | null {
  return wipMode === "hard" ? wipLimit : null;
}
