import type { BoardActor } from "../../core/access.ts";
import type { BatchedService } from "../../core/command.ts";
import type { Tx } from "../../core/tx.ts";
import { BoardPicture } from "./board-picture.ts";
import type { Needs } from "./needs.ts";

/** What a service decides: on the picture as the commands before it have left it. */
type Decide<Input, Output> = (picture: BoardPicture, actor: BoardActor, input: Input) => Output | Promise<Output>;

/**
 * A service that says what it needs and decides on the picture: the same code for a single call, for a batch of many and
 * for `boards.applyChanges`. It throws its refusals before it changes the picture or announces anything.
 */
export function boardService<Input extends { boardId: string }, Output>(
  needsOf: (input: Input) => Needs,
  decide: Decide<Input, Output>,
  sizeOf: (input: Input) => number = () => 1,
): BatchedService<BoardActor, Input, Output> & { ask(tx: Tx, input: Input): void } {
  const { ask, run } = authoredService(needsOf, decide);
  return { ask: (tx, input) => ask(tx, input, ""), run, sizeOf };
}

/** The same, when what it needs depends on who asks. */
export function authoredService<Input extends { boardId: string }, Output>(
  needsOf: (input: Input, userId: string) => Needs,
  decide: Decide<Input, Output>,
): BatchedService<BoardActor, Input, Output> {
  return {
    ask: (tx, input, userId) => tx.picture(BoardPicture).ask(input.boardId, needsOf(input, userId)),
    async run(tx, actor, input) {
      const picture = tx.picture(BoardPicture);
      await picture.require(input.boardId, needsOf(input, actor.userId));
      return decide(picture, actor, input);
    },
  };
}
