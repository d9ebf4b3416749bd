import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { OrgSnapshot, RouterOutputs } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { rulesTexts } from "../texts/rules.ts";
import { Button } from "../ui/button.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, saysOf, textOf } from "../ui/form.tsx";
import { Section } from "../ui/section.tsx";
import { ownTimeZone } from "../ui/time-zone.ts";
import { Trouble } from "../ui/trouble.tsx";
import { RuleActions } from "./rule-actions.tsx";
import { Results } from "./rule-runs.tsx";
import { RuleTrigger } from "./rule-trigger.tsx";
import type { Action, Rule, Trigger } from "./rule-shapes.ts";

interface Props {
  readonly org: OrgSnapshot;
  readonly projectId: string;
  /** Undefined: it is made. */
  readonly rule: Rule | undefined;
  readonly onSaved: () => Promise<unknown>;
  readonly onClose: () => void;
}

/** A rule as it is made or changed: when it runs, of which tasks, and what it does. It can be tried out before. */
export function RuleForm({ org, projectId, rule, onSaved, onClose }: Props) {
  const { boards, rules } = useTrestle();
  const [boardId, setBoardId] = useState(rule?.boardId ?? null);
  const [trigger, setTrigger] = useState<Trigger>(rule?.trigger ?? { on: "task-created" });
  const [actions, setActions] = useState<readonly Action[]>(rule?.actions ?? []);
  const [filter, setFilter] = useState(rule?.filter ?? "");
  const [tried, setTried] = useState<RouterOutputs["rules"]["preview"]>();
  const [trouble, setTrouble] = useState<string>();
  const orgId = org.org.id;
  const timeZone = rule?.timeZone ?? ownTimeZone();
  const { data: board } = useQuery({
    queryKey: ["rule-board", boardId],
    enabled: boardId !== null,
    queryFn: () => boards.get.query({ boardId: boardId ?? "" }),
  });
  const save = async (values: FormData) => {
    const said = { name: textOf(values, "name"), boardId, trigger, filter, timeZone, actions: [...actions] };
    if (rule) await rules.update.mutate({ orgId, ruleId: rule.id, ...said });
    else await rules.create.mutate({ orgId, projectId, ...said });
    await onSaved();
  };
  const tryOut = async () => {
    setTrouble(undefined);
    setTried(undefined);
    try {
      setTried(await rules.preview.query({ boardId: boardId ?? "", filter, timeZone, actions: [...actions] }));
    } catch (error) {
      setTrouble(saysOf(error));
    }
  };
  return (
    <Section level={2} title={rule ? rulesTexts.change(rule.name) : rulesTexts.create}>
      <Form action={rule ? texts.save : texts.create} onSend={save} onCancel={onClose}>
        {(wrong) => (
          <>
            <TextField
              label={rulesTexts.name}
              name="name"
              defaultValue={rule?.name}
              required
              maxLength={100}
              wrong={wrong["name"]}
            />
            <SelectField
              label={rulesTexts.board}
              value={boardId ?? ""}
              onChange={(event) => setBoardId(event.target.value === "" ? null : event.target.value)}
            >
              <option value="">{rulesTexts.allBoards}</option>
              {org.boards
                .filter((one) => one.projectId === projectId && one.state === "open")
                .map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
            </SelectField>
            <RuleTrigger trigger={trigger} board={board} onChange={setTrigger} />
            <TextField
              label={rulesTexts.filter}
              hint={rulesTexts.filterHint}
              value={filter}
              maxLength={1_000}
              onChange={(event) => setFilter(event.target.value)}
            />
            <RuleActions actions={actions} board={board} members={org.members} onChange={setActions} />
            <Trouble says={Object.entries(wrong).find(([name]) => name !== "name")?.[1]} />
          </>
        )}
      </Form>
      {boardId !== null && actions.length > 0 && (
        <Button className="self-start" onClick={() => void tryOut()}>
          {rulesTexts.tryOut}
        </Button>
      )}
      <Trouble says={trouble} />
      {tried && (
        <div role="status">
          <p>{rulesTexts.wouldDo(tried.taskIds.length)}</p>
          <Results results={tried.results} />
        </div>
      )}
    </Section>
  );
}
