import type { Snapshot } from "../../../../client/index.ts";
import { shownDay, texts } from "../../texts.ts";
import { lanesTexts } from "../../texts/lanes.ts";

/** What a lane is called, by what its cards have in common. */
export function laneName(state: Snapshot, by: Snapshot["laneBy"], key: string | null): string {
  const field = state.fields.find(({ id }) => id === by);
  if (key === null) {
    const nothing: Readonly<Record<string, string>> = lanesTexts.none;
    return field ? lanesTexts.noneOf(field.name) : (nothing[by ?? ""] ?? "");
  }
  const person = () => state.members.find(({ userId }) => userId === key)?.name;
  switch (field?.kind ?? by ?? "") {
    case "assignee":
      // One who has no account is called by the name.
      return person() ?? key;
    case "person":
      return person() ?? lanesTexts.unknown;
    case "label": {
      const label = state.labels.find(({ id }) => id === key);
      return label ? label.name || label.color : lanesTexts.unknown;
    }
    case "priority": {
      const names: Readonly<Record<string, string>> = texts.board.priority;
      return names[key] ?? key;
    }
    case "due":
    case "date":
      return shownDay(key);
    case "parent":
      return state.tasks.find(({ id }) => id === key)?.title ?? lanesTexts.unknown;
    case "select":
    case "multi-select":
      return field?.options.find(({ id }) => id === key)?.name ?? lanesTexts.unknown;
    case "checkbox":
      return key === "true" ? lanesTexts.yes : lanesTexts.no;
    default:
      return key;
  }
}
