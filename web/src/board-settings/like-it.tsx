import { useLocation } from "wouter";
import type { Snapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { boardSettingsTexts } from "../texts/board-settings.ts";
import { TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { Section } from "../ui/section.tsx";
import { useMayInOrg } from "./use-may-in-org.ts";

/** Makes another board of which this one is the template. */
export function LikeIt({ state }: { state: Snapshot }) {
  const { boards } = useTrestle();
  const [, go] = useLocation();
  const { id: likeBoardId, orgId, projectId } = state.board;
  const mayMake = useMayInOrg(orgId)("board:create");
  const make = async (values: FormData) => {
    const { id } = await boards.create.mutate({ orgId, projectId, name: textOf(values, "name"), likeBoardId });
    go(`/boards/${id}`);
  };
  if (!mayMake) return null;
  return (
    <Section level={2} title={boardSettingsTexts.like}>
      <p className="text-quiet">{boardSettingsTexts.likeSays}</p>
      <Form action={boardSettingsTexts.likeIt} onSend={make}>
        {(wrong) => (
          <TextField
            label={`${texts.home.boardName}: ${boardSettingsTexts.like}`}
            name="name"
            required
            maxLength={200}
            wrong={wrong["name"]}
          />
        )}
      </Form>
    </Section>
  );
}
