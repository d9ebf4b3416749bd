import type { Comment } from "../../../client/index.ts";
import { texts } from "../texts.ts";
import { taskTexts } from "../texts/task.ts";
import { Button } from "../ui/button.tsx";

/** Those that are offered; any other emoji that somebody used can be joined in. */
const OFFERED = ["👍", "❤️", "🎉", "😄", "👀", "🙏", "🚀", "👎"] as const;

interface Props {
  readonly comment: Comment;
  readonly people: ReadonlyMap<string, string>;
  readonly myId: string;
  readonly canReact: boolean;
  readonly onToggle: (emoji: string, isMine: boolean) => void;
}

/** What people feel about a comment, and what one feels oneself: a second press takes it back. */
export function Reactions({ comment, people, myId, canReact, onToggle }: Props) {
  const emojis = [...new Set(comment.reactions.map(({ emoji }) => emoji))];
  const by = (emoji: string) => comment.reactions.filter((one) => one.emoji === emoji).map(({ userId }) => userId);
  return (
    <div className="mt-1 flex flex-wrap items-center gap-1">
      {emojis.map((emoji) => {
        const ids = by(emoji);
        const names = ids.map((id) => people.get(id) ?? texts.task.somebody).join(", ");
        return (
          <Button
            key={emoji}
            aria-pressed={ids.includes(myId)}
            aria-label={taskTexts.reactions(emoji, ids.length, names)}
            title={names}
            disabled={!canReact}
            className={`min-h-7 px-2 py-0 ${ids.includes(myId) ? "border-accent" : ""}`}
            onClick={() => onToggle(emoji, ids.includes(myId))}
          >
            <span aria-hidden="true">
              {emoji} {ids.length}
            </span>
          </Button>
        );
      })}
      {canReact && (
        <details className="relative">
          <summary
            aria-label={taskTexts.react}
            title={taskTexts.react}
            className="grid min-h-7 list-none place-items-center rounded-md px-2 text-quiet hover:bg-ground"
          >
            <span aria-hidden="true">☺</span>
          </summary>
          <div className="absolute z-10 flex w-40 flex-wrap rounded-md border border-line bg-raised p-1 shadow-lg">
            {OFFERED.map((emoji) => (
              <Button
                key={emoji}
                look="quiet"
                aria-label={taskTexts.reactWith(emoji)}
                className="px-2"
                onClick={(event) => {
                  event.currentTarget.closest("details")?.removeAttribute("open");
                  if (!by(emoji).includes(myId)) onToggle(emoji, false);
                }}
              >
                {emoji}
              </Button>
            ))}
          </div>
        </details>
      )}
    </div>
  );
}
