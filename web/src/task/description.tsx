import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { taskConflicts } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { saysOf } from "../ui/form.tsx";
import { DescriptionHistory } from "./description-history.tsx";
import { Markdown } from "./markdown.tsx";
import type { TaskProps } from "./task-props.ts";
import { Section } from "../ui/section.tsx";
import { TextArea } from "./text-area.tsx";
import { Trouble } from "../ui/trouble.tsx";

/** What somebody writes, over the version that they saw; `theirs`: somebody else has changed it meanwhile. */
interface Draft {
  readonly text: string;
  readonly version: number;
  readonly theirs?: string;
  readonly trouble?: string;
}

/** The description, which is edited as a whole: whoever saves over somebody else's text sees both, and chooses. */
export function Description(props: TaskProps) {
  const { board, card, people, may } = props;
  const trestle = useTrestle();
  const [isHistoryOpen, setHistoryOpen] = useState(false);
  const [draft, setDraft] = useState<Draft>();
  const { data: task } = useQuery({
    queryKey: ["task", card.id, card.version],
    enabled: card.version > 0,
    placeholderData: (before) => before,
    queryFn: () => trestle.tasks.get.query({ boardId: board.boardId, taskId: card.id }),
  });
  const save = async ({ text, version }: Draft) => {
    try {
      await board.updateTask({ taskId: card.id, description: text, ifVersion: version }).done;
      setDraft(undefined);
    } catch (error) {
      const conflict = taskConflicts(error)?.description;
      if (conflict) setDraft({ text, version: conflict.version, theirs: conflict.theirs });
      else setDraft({ text, version, trouble: saysOf(error) });
    }
  };
  return (
    <Section title={texts.task.description}>
      {draft ? (
        <Editor draft={draft} people={people} onChange={setDraft} onSave={save} onCancel={() => setDraft(undefined)} />
      ) : (
        <>
          {task && task.description !== "" ? (
            <Markdown text={task.description} people={people} />
          ) : (
            <p className="text-quiet">{task || !card.hasDescription ? texts.task.noDescription : texts.loading}</p>
          )}
          <div className="flex gap-2">
            {task && may("task:update") && (
              <Button onClick={() => setDraft({ text: task.description, version: task.version })}>
                {texts.task.edit}
              </Button>
            )}
            {task && may("task:history") && (
              <Button look="quiet" aria-expanded={isHistoryOpen} onClick={() => setHistoryOpen(!isHistoryOpen)}>
                {texts.task.history}
              </Button>
            )}
          </div>
          {isHistoryOpen && may("task:history") && <DescriptionHistory {...props} />}
        </>
      )}
    </Section>
  );
}

interface EditorProps {
  readonly draft: Draft;
  readonly people: ReadonlyMap<string, string>;
  readonly onChange: (draft: Draft) => void;
  readonly onSave: (draft: Draft) => Promise<void>;
  readonly onCancel: () => void;
}

function Editor({ draft, people, onChange, onSave, onCancel }: EditorProps) {
  const [isPreview, setPreview] = useState(false);
  const { text, theirs, trouble } = draft;
  return (
    <div className="flex flex-col gap-2">
      <div className="flex gap-1">
        <Button look={isPreview ? "quiet" : "plain"} aria-pressed={!isPreview} onClick={() => setPreview(false)}>
          {texts.task.write}
        </Button>
        <Button look={isPreview ? "plain" : "quiet"} aria-pressed={isPreview} onClick={() => setPreview(true)}>
          {texts.task.preview}
        </Button>
      </div>
      {isPreview ? (
        <Markdown text={text} people={people} />
      ) : (
        <TextArea
          label={texts.task.description}
          text={text}
          people={people}
          onChange={(next) => onChange({ ...draft, text: next })}
          className="min-h-32 font-mono text-sm"
        />
      )}
      {theirs !== undefined && (
        <div role="alert" className="rounded-md border border-warning p-3">
          <p className="font-medium text-warning">{texts.task.conflict}</p>
          <p className="mt-2 text-sm font-medium">{texts.task.theirs}</p>
          <Markdown text={theirs} people={people} />
        </div>
      )}
      <Trouble says={trouble} />
      <div className="flex gap-2">
        <Button look="primary" onClick={() => void onSave(draft)}>
          {theirs === undefined ? texts.save : texts.task.keepMine}
        </Button>
        <Button look="quiet" onClick={onCancel}>
          {theirs === undefined ? texts.cancel : texts.task.takeTheirs}
        </Button>
      </div>
    </div>
  );
}
