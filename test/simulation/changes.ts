import { changeVisibility, type Command, type CommandName, COMMANDS, share, unshare } from "./commands.ts";
import type { Does } from "./deeds.ts";
import type { Draft } from "./database.ts";
import type { Write } from "./process.ts";
import { ORG } from "./state.ts";

/** The write that a deed stands for, or undefined when it stands for none. */
export function writeOf(does: Does, boardIds: readonly string[], userIds: readonly string[]): Write | undefined {
  const boardId = "board" in does ? (boardIds[does.board % boardIds.length] ?? "") : "";
  // The first of them is the owner, who stays.
  const userId = "user" in does ? (userIds[1 + (does.user % (userIds.length - 1))] ?? "") : "";
  const onBoard = (command: Command, thinkMs = 0): Write => ({
    wanted: { streamIds: [boardId], org: "shared" },
    thinkMs,
    change: (draft, mutationId) => run(draft, boardId, mutationId, command),
  });
  switch (does.type) {
    case "write":
      return {
        ...onBoard(() => undefined, does.thinkMs),
        change: (draft, mutationId) => {
          for (const name of does.commands) run(draft, boardId, mutationId, commandOf(name));
        },
      };
    case "share":
      return onBoard((rows) => share(rows, userId, "editor"));
    case "unshare":
      return onBoard((rows) => unshare(rows, userId));
    case "turn-visibility":
      return onBoard(changeVisibility);
    case "raise-floor":
      return { ...onBoard(() => undefined), change: (draft) => raiseFloor(draft, boardId) };
    case "delete":
      return { ...onBoard(() => undefined), change: (draft) => draft.delete(boardId) };
    case "remove":
    case "admit":
      return membershipWrite(does.type, userId, boardIds);
    case "open":
    case "close":
    case "cut":
    case "stop-reading":
    case "read":
    case "dial-again":
    case "hold":
    case "crash":
    case "lose-connections":
    case "lose-database":
    case "silence-database":
    case "restore":
    case "wait":
    case "bus":
      return undefined;
  }
}

function commandOf(name: CommandName): Command {
  return COMMANDS[name];
}

function run(draft: Draft, boardId: string, mutationId: string, command: Command): void {
  const stream = draft.stream(boardId);
  if (!stream?.rows) return;
  const change = command(stream.rows, { version: stream.version + 1, at: draft.at, random: draft.random });
  if (change) draft.announce(stream, change.news, change.rows, mutationId);
}

function raiseFloor(draft: Draft, boardId: string): void {
  const stream = draft.stream(boardId);
  if (stream) draft.save({ ...stream, floor: Math.max(stream.floor, stream.version - 2) });
}

/** Removes somebody from the organisation, with their shares, or admits them: both raise its access version. */
function membershipWrite(type: "remove" | "admit", userId: string, boardIds: readonly string[]): Write {
  return {
    wanted: { streamIds: [ORG, ...boardIds], org: "exclusive" },
    thinkMs: 0,
    change: (draft, mutationId) => {
      const stream = draft.stream(ORG);
      if (!stream || draft.members.has(userId) === (type === "admit")) return;
      draft.accessVersion += 1 + draft.random.below(1_000_000);
      if (type === "admit") draft.members.set(userId, { role: "member", accessVersion: draft.accessVersion });
      else {
        for (const boardId of boardIds) run(draft, boardId, mutationId, (rows) => unshare(rows, userId));
        draft.members.delete(userId);
      }
      draft.announce(stream, { type: "member.removed", data: { userId } }, undefined, mutationId);
    },
  };
}
