import { useEffect, useRef, useState } from "react";
import type { LiveBoard } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { saysOf } from "../ui/form.tsx";
import { Icon } from "../ui/icon.tsx";

/** So many of one's latest changes are looked through for one to take back. */
const MOST_LATEST = 100;

/** Takes back, by Ctrl-Z or ⌘Z too, what one did on the board since it was opened here, and makes it again. */
export function UndoButtons({ board }: { board: LiveBoard }) {
  const { says, undo, redo } = useUndo(board);
  const latest = useRef({ undo, redo });
  useEffect(() => {
    latest.current = { undo, redo };
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const key = event.key.toLowerCase();
      if (!(event.ctrlKey || event.metaKey) || event.altKey || isWriting(event.target)) return;
      const isRedo = (key === "z" && event.shiftKey) || key === "y";
      if (key !== "z" && !isRedo) return;
      event.preventDefault();
      if (isRedo) latest.current.redo();
      else latest.current.undo();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <>
      <Button look="quiet" aria-label={texts.undo.undo} title={texts.undo.undo} onClick={undo}>
        <Icon name="undo" />
      </Button>
      <Button look="quiet" aria-label={texts.undo.redo} title={texts.undo.redo} onClick={redo}>
        <Icon name="redo" />
      </Button>
      <p role="status" className="text-sm text-quiet empty:hidden">
        {says}
      </p>
    </>
  );
}

/** What is written has an undo of its own. */
function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}

/** One step at a time, in the order in which they were asked for. */
function useUndo(board: LiveBoard): { says: string | undefined; undo: () => void; redo: () => void } {
  const { changes } = useTrestle();
  const [says, setSays] = useState<string>();
  const [steps] = useState(() => new Steps(board.version));
  const queue = useRef(Promise.resolve());
  const { boardId } = board;

  const take = async (find: () => Promise<number | undefined>, taken: (version: number, by: number) => string) => {
    // What waits for the server has no version yet.
    await Promise.allSettled(board.pending.map(({ done }) => done));
    const version = await find();
    if (version === undefined) return texts.undo.nothing;
    try {
      const { version: by } = await changes.undo.mutate({ boardId, version });
      return taken(version, by);
    } catch (error) {
      steps.skip(version);
      return saysOf(error);
    }
  };
  const undone = () =>
    take(
      async () => steps.latest((await changes.list.query({ boardId, limit: MOST_LATEST })).items),
      (version, by) => {
        steps.undone(version, by);
        return texts.undo.undone;
      },
    );
  const redone = () =>
    take(
      () => Promise.resolve(steps.next()),
      () => texts.undo.redone,
    );
  const enqueue = (step: () => Promise<string>) => {
    queue.current = queue.current.then(step).then(setSays, (error: unknown) => setSays(saysOf(error)));
  };
  return { says, undo: () => enqueue(undone), redo: () => enqueue(redone) };
}

/** Which of one's own changes are to be taken back, and which of these to be made again, by their versions. */
class Steps {
  /** What was done before is somebody's who may have forgotten it. */
  readonly #since: number;
  readonly #spent = new Set<number>();
  readonly #undone: number[] = [];

  constructor(since: number) {
    this.#since = since;
  }

  /** The latest of some changes that is not taken back yet; those that take back are none themselves. */
  latest(newestFirst: readonly { readonly version: number }[]): number | undefined {
    return newestFirst.find(({ version }) => version > this.#since && !this.#spent.has(version))?.version;
  }

  undone(version: number, by: number): void {
    this.#spent.add(version).add(by);
    this.#undone.push(by);
  }

  /** What was taken back last, which is taken back in its turn. */
  next(): number | undefined {
    return this.#undone.pop();
  }

  skip(version: number): void {
    this.#spent.add(version);
  }
}
