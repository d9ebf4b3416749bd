import type { BoardActor } from "../../core/access.ts";
import type { BatchedService } from "../../core/command.ts";
import { BoardPicture } from "./board-picture.ts";
import type { Needs } from "./needs.ts";

/**
 * A service that says what it needs and decides on the picture: the same code for a single call, for a batch of many and
 * for `boards.applyChanges`. It throws its refusals before it changes the picture or announces anything.
 */
export function boardService<Input extends { boardId: string }, Output>(
  needsOf: (input: Input) => Needs,
  decide: (picture: BoardPicture, actor: BoardActor, input: Input) => Output | Promise<Output>,
): BatchedService<BoardActor, Input, Output> {
  return {
    ask: (tx, input) => tx.picture(BoardPicture).ask(input.boardId, needsOf(input)),
    async run(tx, actor, input) {
      const picture = tx.picture(BoardPicture);
      await picture.require(input.boardId, needsOf(input));
      return decide(picture, actor, input);
    },
  };
}
