import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { OrgSnapshot } from "../../../client/index.ts";
import { useInbox, useTrestle } from "../../../client/react/index.ts";
import { useMe } from "../session/signed-in.tsx";
import { projectViewsTexts } from "../texts/project-views.ts";
import { saysOf } from "../ui/form.tsx";
import { Loading } from "../ui/loading.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { PAGES } from "../ui/pages.ts";
import { Trouble } from "../ui/trouble.tsx";
import type { InOrg } from "./org-frame.tsx";
import { ProjectView } from "./project-view.tsx";
import { ViewForm } from "./view-form.tsx";

interface Props extends InOrg {
  readonly project: OrgSnapshot["projects"][number];
}

/** The saved views of a project, over all of its boards, looked at once they are asked for. */
export function ProjectViews(props: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="text-quiet">{projectViewsTexts.title(props.project.name)}</summary>
      {isOpen && <ListedViews {...props} />}
    </details>
  );
}

function ListedViews({ org, may, project }: Props) {
  const { views } = useTrestle();
  const me = useMe();
  const queries = useQueryClient();
  const [added, setAdded] = useState(0);
  const [orgId, projectId] = [org.org.id, project.id];
  // Shared ones are told to the organisation, private ones to their owner.
  const cursors = [org.cursor, useInbox()?.cursor];
  const { data, error, ...pages } = useInfiniteQuery({
    queryKey: ["views", projectId, ...cursors],
    placeholderData: keepPreviousData,
    ...PAGES,
    queryFn: ({ pageParam }) => views.list.query({ orgId, projectId, limit: 100, cursor: pageParam }),
  });
  const refresh = () => queries.invalidateQueries({ queryKey: ["views", projectId] });
  const all = data?.pages.flatMap(({ items }) => items);
  return (
    <div className="mt-2 flex flex-col gap-3">
      {!all && !error && <Loading />}
      {error && <Trouble says={saysOf(error)} />}
      {all?.length === 0 && <p className="text-quiet">{projectViewsTexts.none}</p>}
      <ul className="flex flex-col gap-2">
        {all?.map((view) => {
          const isOwn = view.createdBy === me.id;
          return (
            <ProjectView
              key={view.id}
              view={view}
              mayChange={isOwn ? may("view:update") : may("view:moderate")}
              mayDelete={isOwn ? may("view:delete") : may("view:moderate")}
              mayShare={isOwn && (may("view:share") || view.visibility === "shared")}
              onChanged={refresh}
            />
          );
        })}
      </ul>
      <MoreButton {...pages} />
      {may("view:create") && (
        <ViewForm
          key={added}
          action={projectViewsTexts.add}
          mayShare={may("view:share")}
          onSend={async (wanted) => {
            await views.create.mutate({ orgId, projectId, ...wanted });
            setAdded(added + 1);
            await refresh();
          }}
        />
      )}
    </div>
  );
}
