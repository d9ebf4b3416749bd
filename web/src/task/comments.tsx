import { useState } from "react";
import type { Comment } from "../../../client/index.ts";
import { useComments, useTrestle } from "../../../client/react/index.ts";
import { useMe } from "../session/signed-in.tsx";
import { shownInstant, texts } from "../texts.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { saysOf } from "../ui/form.tsx";
import { Markdown } from "./markdown.tsx";
import type { TaskProps } from "./task-props.ts";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";

export function Comments({ board, card, people, may, change }: TaskProps) {
  const trestle = useTrestle();
  const me = useMe();
  const { boardId } = board;
  const taskId = card.id;
  const thread = useComments(board, taskId);
  const remove = (commentId: string) =>
    change({ done: trestle.comments.delete.mutate({ boardId, taskId, commentId }) });
  return (
    <Section title={texts.task.comments}>
      {may("comment:create") && <Write onSend={(text) => trestle.comments.create.mutate({ boardId, taskId, text })} />}
      <ul className="flex flex-col gap-4">
        {thread?.comments.map((comment) => (
          <li key={comment.id} className={`flex gap-2 ${comment.parentId === null ? "" : "ml-8"}`}>
            <CommentView
              comment={comment}
              people={people}
              onDelete={
                comment.state !== "deleted" && (comment.authorId === me.id || may("comment:moderate"))
                  ? () => remove(comment.id)
                  : undefined
              }
            />
          </li>
        ))}
      </ul>
    </Section>
  );
}

interface CommentProps {
  readonly comment: Comment;
  readonly people: ReadonlyMap<string, string>;
  readonly onDelete: (() => void) | undefined;
}

function CommentView({ comment, people, onDelete }: CommentProps) {
  const { authorId, authorName, createdAt, editedAt, state, text } = comment;
  const author = authorName ?? people.get(authorId ?? "") ?? "?";
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
          {onDelete && (
            <Button
              look="quiet"
              className="ml-auto min-h-6 px-2 py-0"
              aria-label={texts.task.deleteComment}
              onClick={onDelete}
            >
              ×
            </Button>
          )}
        </p>
        {state === "deleted" ? (
          <p className="text-quiet italic">{texts.task.deletedComment}</p>
        ) : (
          <Markdown text={text} people={people} />
        )}
      </div>
    </>
  );
}

function Write({ onSend }: { onSend: (text: string) => Promise<unknown> }) {
  const [text, setText] = useState("");
  const [trouble, setTrouble] = useState<string>();
  const [isSending, setSending] = useState(false);
  const send = async () => {
    setSending(true);
    setTrouble(undefined);
    try {
      await onSend(text);
      setText("");
    } catch (error) {
      setTrouble(saysOf(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") void send();
      }}
    >
      <textarea
        aria-label={texts.task.comment}
        placeholder={texts.task.commentHint}
        value={text}
        maxLength={32_768}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
        }}
        className="field-sizing-content min-h-16 w-full rounded-md border border-line bg-surface p-2 placeholder:text-quiet"
      />
      <Trouble says={trouble} />
      <Button look="primary" type="submit" className="self-start" disabled={isSending || text.trim() === ""}>
        {texts.task.comment}
      </Button>
    </form>
  );
}
