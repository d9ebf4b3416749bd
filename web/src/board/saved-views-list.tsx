import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { RouterOutputs, Snapshot } from "../../../client/index.ts";
import { useInbox, useTrestle } from "../../../client/react/index.ts";
import { useOrg } from "../home/use-org.ts";
import { useMe } from "../session/signed-in.tsx";
import { texts } from "../texts.ts";
import { viewsTexts } from "../texts/views.ts";
import { AskedButton } from "../ui/asked-button.tsx";
import { Button } from "../ui/button.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, saysOf, textOf } from "../ui/form.tsx";
import { Loading } from "../ui/loading.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import type { Look, SavedView, SetLook } from "./look.ts";
import { isSaved, lookOfView, savedOf } from "./saved-look.ts";
import { orgAccessQuery } from "../home/org-queries.ts";
import { PAGES } from "../ui/pages.ts";

interface Props {
  readonly state: Snapshot;
  readonly look: Look;
  readonly setLook: SetLook;
  readonly onClose: () => void;
}

type OrgAction = RouterOutputs["orgs"]["access"]["actions"][number];

/** The saved views of a board, live: to choose one, to save what one sees as one, and to change those that one may. */
export function SavedViewsList({ state, look, setLook, onClose }: Props) {
  const { views } = useTrestle();
  const { id: boardId, orgId } = state.board;
  const { list, error, refresh, may } = useViews(boardId, orgId);
  const [trouble, setTrouble] = useState<string>();
  const me = useMe();
  const act = async (done: Promise<unknown>) => {
    setTrouble(undefined);
    await done.catch((refusal: unknown) => setTrouble(saysOf(refusal)));
    await refresh();
  };
  const save = async (values: FormData) => {
    const visibility = visibilityOf(values);
    const view = await views.create.mutate({
      orgId,
      boardId,
      name: textOf(values, "name"),
      visibility,
      ...savedOf(look, state),
    });
    setLook({ savedId: view.id });
    onClose();
  };
  const chosen = list?.items.find(({ id }) => id === look.savedId);
  const mayChange = (view: SavedView) =>
    view.createdBy === me.id || (view.visibility === "shared" && may("view:moderate"));
  return (
    <div className="flex flex-col gap-5">
      {list ? (
        <>
          {list.items.length === 0 && <p className="text-quiet">{viewsTexts.none}</p>}
          <ul className="flex flex-col gap-1">
            {list.items.map((view) => (
              <ViewItem
                key={view.id}
                view={view}
                isChosen={view.id === look.savedId}
                mayChange={mayChange(view)}
                mayShare={view.createdBy === me.id && (may("view:share") || view.visibility === "shared")}
                onChoose={() => {
                  setLook(lookOfView(view));
                  onClose();
                }}
                onSave={async (change) => {
                  await views.update.mutate({ orgId, viewId: view.id, ...change });
                  await refresh();
                }}
                onDelete={() => void act(views.delete.mutate({ orgId, viewId: view.id }))}
              />
            ))}
          </ul>
          <MoreButton {...list.pages} />
        </>
      ) : error === undefined ? (
        <Loading />
      ) : null}
      <Trouble says={trouble ?? error} />
      {chosen && mayChange(chosen) && !isSaved(chosen, look, state) && (
        <Button
          className="self-start"
          onClick={() => void act(views.update.mutate({ orgId, viewId: chosen.id, ...savedOf(look, state) }))}
        >
          {viewsTexts.saveChanges(chosen.name)}
        </Button>
      )}
      {may("view:create") && (
        <Section title={viewsTexts.saveAs}>
          {savedOf(look, state).order === "relevance" && look.order.by !== undefined && (
            <p className="text-sm text-quiet">{viewsTexts.orderStays}</p>
          )}
          <Form action={texts.save} onSend={save} onCancel={onClose}>
            {(wrong) => (
              <>
                <TextField
                  label={viewsTexts.saveAsName}
                  name="name"
                  required
                  maxLength={100}
                  wrong={wrong["name"] ?? wrong["filter"]}
                />
                {may("view:share") && <VisibilityField />}
              </>
            )}
          </Form>
        </Section>
      )}
    </div>
  );
}

/** The views of a board, asked for again whenever something may have become of them. */
function useViews(boardId: string, orgId: string) {
  const trestle = useTrestle();
  const queries = useQueryClient();
  // Shared ones are told to the organisation, private ones to their owner.
  const cursor = [useOrg(orgId)?.cursor, useInbox()?.cursor];
  const access = useQuery({ ...orgAccessQuery(trestle, orgId, cursor[0]), placeholderData: keepPreviousData }).data;
  const { data, error, ...pages } = useInfiniteQuery({
    queryKey: ["views", boardId, ...cursor],
    placeholderData: keepPreviousData,
    ...PAGES,
    queryFn: ({ pageParam }) => trestle.views.list.query({ orgId, boardId, limit: 100, cursor: pageParam }),
  });
  return {
    list: data && { items: data.pages.flatMap(({ items }) => items), pages },
    error: error ? saysOf(error) : undefined,
    refresh: () => queries.invalidateQueries({ queryKey: ["views", boardId] }),
    may: (action: OrgAction) => access?.actions.includes(action) ?? false,
  };
}

interface ItemProps {
  readonly view: SavedView;
  readonly isChosen: boolean;
  readonly mayChange: boolean;
  readonly mayShare: boolean;
  readonly onChoose: () => void;
  readonly onSave: (change: { name: string; visibility?: SavedView["visibility"] }) => Promise<unknown>;
  readonly onDelete: () => void;
}

/** A view to choose; for who may, also to be called something else, shared, or deleted. */
function ViewItem({ view, isChosen, mayChange, mayShare, onChoose, onSave, onDelete }: ItemProps) {
  const [isEdited, setEdited] = useState(false);
  const { name, kind, visibility } = view;
  const save = async (values: FormData) => {
    await onSave({ name: textOf(values, "name"), ...(mayShare && { visibility: visibilityOf(values) }) });
    setEdited(false);
  };
  return (
    <li className="rounded-md border border-line">
      <div className="flex items-center">
        <button
          type="button"
          aria-current={isChosen ? "true" : undefined}
          onClick={onChoose}
          className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-2 rounded-md px-3 py-2 text-left hover:bg-ground aria-[current]:font-semibold"
        >
          <span className="wrap-anywhere">{name}</span>
          <span className="text-sm font-normal text-quiet">
            {texts.list.views[kind]} · {viewsTexts.visibilities[visibility]}
          </span>
        </button>
        {mayChange && (
          <Button
            look="quiet"
            aria-label={viewsTexts.edit(name)}
            aria-expanded={isEdited}
            onClick={() => setEdited(!isEdited)}
          >
            ⋯
          </Button>
        )}
      </div>
      {isEdited && (
        <div className="flex flex-col gap-3 border-t border-line p-3">
          <Form action={texts.save} onSend={save} onCancel={() => setEdited(false)}>
            {(wrong) => (
              <>
                <TextField
                  label={texts.name}
                  name="name"
                  defaultValue={name}
                  required
                  maxLength={100}
                  wrong={wrong["name"]}
                />
                {mayShare && <VisibilityField visibility={visibility} />}
              </>
            )}
          </Form>
          <div>
            <AskedButton
              label={viewsTexts.delete(name)}
              action={viewsTexts.deleteIt}
              says={viewsTexts.deleteSays}
              onSure={onDelete}
            />
          </div>
        </div>
      )}
    </li>
  );
}

function VisibilityField({ visibility = "private" }: { visibility?: SavedView["visibility"] }) {
  return (
    <SelectField label={viewsTexts.visibility} name="visibility" defaultValue={visibility}>
      <option value="private">{viewsTexts.visibilities.private}</option>
      <option value="shared">{viewsTexts.visibilities.shared}</option>
    </SelectField>
  );
}

function visibilityOf(values: FormData): SavedView["visibility"] {
  return textOf(values, "visibility") === "shared" ? "shared" : "private";
}
