import { useState } from "react";
import type { Comment } from "../../../client/index.ts";
import { useComments, useTrestle } from "../../../client/react/index.ts";
import { useMe } from "../session/signed-in.tsx";
import { shownInstant, texts } from "../texts.ts";
import { taskTexts } from "../texts/task.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { Section } from "../ui/section.tsx";
import { Markdown } from "./markdown.tsx";
import { Reactions } from "./reactions.tsx";
import type { TaskProps } from "./task-props.ts";
import { WriteComment } from "./write-comment.tsx";

/** What people say about a task: the newest thread first, answers below what they answer. */
export function Comments(props: TaskProps) {
  const { board, card, people, may } = props;
  const { comments } = useTrestle();
  const at = { boardId: board.boardId, taskId: card.id };
  const thread = useComments(board, card.id);
  return (
    <Section title={texts.task.comments}>
      {may("comment:create") && (
        <WriteComment
          people={people}
          label={texts.task.comment}
          onSend={(text) => comments.create.mutate({ ...at, text })}
        />
      )}
      <ul className="flex flex-col gap-4">
        {thread?.comments.map((comment) => (
          <li key={comment.id} className={`flex gap-2 ${comment.parentId === null ? "" : "ml-8"}`}>
            <OneComment comment={comment} {...props} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function OneComment(props: TaskProps & { readonly comment: Comment }) {
  const { board, card, people, may, change, comment } = props;
  const { comments } = useTrestle();
  const me = useMe();
  const [writes, setWrites] = useState<"answer" | "edit">();
  const { id: commentId, authorId, authorName, createdAt, editedAt, state, text } = comment;
  const at = { boardId: board.boardId, taskId: card.id };
  const author = authorName ?? people.get(authorId ?? "") ?? "?";
  const isMine = authorId === me.id;
  const stop = () => setWrites(undefined);
  return (
    <>
      <Avatar name={author} />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-2 text-sm">
          <strong aria-hidden="true">{author}</strong>
          <time dateTime={createdAt} className="text-quiet">
            {shownInstant(createdAt)}
          </time>
          {editedAt !== null && <span className="text-quiet">{texts.task.edited}</span>}
          {state !== "deleted" && (isMine || may("comment:moderate")) && (
            <Button
              look="quiet"
              className="ml-auto min-h-6 px-2 py-0"
              aria-label={texts.task.deleteComment}
              onClick={() => change({ done: comments.delete.mutate({ ...at, commentId }) })}
            >
              ×
            </Button>
          )}
        </p>
        {state === "deleted" && <p className="text-quiet italic">{texts.task.deletedComment}</p>}
        {state !== "deleted" && writes !== "edit" && <Markdown text={text} people={people} />}
        {writes === "edit" && (
          <WriteComment
            people={people}
            label={texts.save}
            before={text}
            onSend={(next) => comments.update.mutate({ ...at, commentId, text: next }).then(stop)}
            onCancel={stop}
          />
        )}
        {state !== "deleted" && writes !== "edit" && (
          <div className="flex flex-wrap items-center gap-1">
            <Reactions
              comment={comment}
              people={people}
              myId={me.id}
              canReact={may("comment:react")}
              onToggle={(emoji, isOn) => {
                const input = { ...at, commentId, emoji };
                change({ done: isOn ? comments.unreact.mutate(input) : comments.react.mutate(input) });
              }}
            />
            {comment.parentId === null && may("comment:create") && (
              <Button
                look="quiet"
                className="min-h-7 px-2 py-0 text-sm"
                aria-label={taskTexts.answerTo(author)}
                onClick={() => setWrites("answer")}
              >
                {taskTexts.answer}
              </Button>
            )}
            {isMine && may("comment:update") && (
              <Button
                look="quiet"
                className="min-h-7 px-2 py-0 text-sm"
                aria-label={taskTexts.editComment}
                onClick={() => setWrites("edit")}
              >
                {texts.task.edit}
              </Button>
            )}
          </div>
        )}
        {writes === "answer" && (
          <WriteComment
            people={people}
            label={taskTexts.answer}
            onSend={(answer) => comments.create.mutate({ ...at, parentId: commentId, text: answer }).then(stop)}
            onCancel={stop}
          />
        )}
      </div>
    </>
  );
}
