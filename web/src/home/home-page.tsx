import { useEffect, useState } from "react";
import { Link } from "wouter";
import type { HomeOrg } from "../../../client/index.ts";
import { useInbox, useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { Loading } from "../ui/loading.tsx";
import { InviteDialog } from "./invite-dialog.tsx";
import { NewBoardDialog } from "./new-board-dialog.tsx";
import { TopBar } from "./top-bar.tsx";
import { useOrg } from "./use-org.ts";

/** The boards of all organisations of who is signed in, live. */
export function HomePage() {
  const home = useInbox();
  useEffect(() => {
    document.title = `${texts.home.title} · ${texts.product}`;
  }, []);
  return (
    <div className="flex min-h-full flex-col">
      <TopBar />
      {!home ? (
        <Loading />
      ) : (
        <main className="mx-auto flex w-full max-w-4xl flex-col gap-8 px-4 py-6">
          <h1 className="sr-only">{texts.home.title}</h1>
          {home.invitations.map(({ id, orgName }) => (
            <p key={id} className="rounded-lg border border-line bg-surface p-3">
              {texts.home.invitedTo(orgName)} <span className="text-quiet">{texts.home.openLink}</span>
            </p>
          ))}
          {home.orgs.length === 0 && <FirstOrg />}
          {home.orgs.map((org) => (
            <OrgBoards key={org.id} org={org} />
          ))}
          <SharedBoards home={home} />
        </main>
      )}
    </div>
  );
}

function FirstOrg() {
  const { orgs } = useTrestle();
  return (
    <section className="flex max-w-md flex-col gap-3">
      <h2 className="text-xl font-semibold">{texts.home.noOrg}</h2>
      <p className="text-quiet">{texts.home.noOrgSays}</p>
      <Form action={texts.home.createOrg} onSend={(values) => orgs.create.mutate({ name: textOf(values, "name") })}>
        {(wrong) => <TextField label={texts.home.orgName} name="name" required maxLength={100} wrong={wrong["name"]} />}
      </Form>
    </section>
  );
}

/** A guest sees the boards that were shared with them alone. */
function OrgBoards({ org }: { org: HomeOrg }) {
  if (org.role === "guest") return null;
  return <BoardsOfOrg org={org} />;
}

function BoardsOfOrg({ org }: { org: HomeOrg }) {
  const state = useOrg(org.id);
  const [dialog, setDialog] = useState<"board" | "invite">();
  const boards = (state?.boards ?? []).filter((board) => board.state === "open");
  const manages = org.role === "owner" || org.role === "admin";
  return (
    <section aria-labelledby={org.id} className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <h2 id={org.id} className="mr-auto text-lg font-semibold">
          {org.name}
        </h2>
        <Link href={`/organisations/${org.id}/members`} className="px-2 text-accent underline">
          {texts.members.link}
        </Link>
        {manages && <Button onClick={() => setDialog("invite")}>{texts.home.invite}</Button>}
        <Button look="primary" onClick={() => setDialog("board")}>
          {texts.home.newBoard}
        </Button>
      </div>
      {state && boards.length === 0 && (
        <p className="rounded-lg border border-dashed border-line p-6 text-quiet">
          <strong className="block text-text">{texts.home.none}</strong>
          {texts.home.noneSays}
        </p>
      )}
      <BoardList boards={boards} projects={state?.projects ?? []} />
      {dialog === "board" && state && <NewBoardDialog org={state} onClose={() => setDialog(undefined)} />}
      {dialog === "invite" && <InviteDialog orgId={org.id} onClose={() => setDialog(undefined)} />}
    </section>
  );
}

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
}

function BoardList({
  boards,
  projects,
}: {
  boards: readonly Listed[];
  projects: readonly { id: string; name: string }[];
}) {
  const names = new Map(projects.map(({ id, name }) => [id, name]));
  return (
    <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
      {boards.map(({ id, name, projectId }) => (
        <li key={id}>
          <Link
            href={`/boards/${id}`}
            className="block rounded-lg border border-line bg-surface p-4 hover:border-accent focus-visible:border-accent"
          >
            <span className="block font-medium">{name}</span>
            <span className="text-sm text-quiet">{names.get(projectId) ?? ""}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** Boards of organisations in which one is a guest. */
function SharedBoards({ home }: { home: NonNullable<ReturnType<typeof useInbox>> }) {
  const asGuest = new Set(home.orgs.filter(({ role }) => role === "guest").map(({ id }) => id));
  const boards = home.boards
    .map(({ board }) => board)
    .filter(({ orgId, state }) => asGuest.has(orgId) && state === "open");
  if (boards.length === 0) return null;
  return (
    <section aria-labelledby="shared" className="flex flex-col gap-3">
      <h2 id="shared" className="text-lg font-semibold">
        {texts.home.sharedWithYou}
      </h2>
      <BoardList boards={boards} projects={[]} />
    </section>
  );
}
