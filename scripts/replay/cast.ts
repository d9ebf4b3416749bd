import { createTrestle, errorKind, type Trestle } from "../../client/index.ts";
import { newId } from "../../server/core/ids.ts";
import { newSecret } from "../../server/core/secrets.ts";
import { toLine } from "../../server/domains/work/imports/trello-texts.ts";
import type { Persistence } from "./calls.ts";
import type { History } from "./history.ts";

interface Person {
  readonly userId: string;
  readonly trestle: Trestle;
}

/** Everybody who takes part in a replay, and the empty board that they have. */
export interface Cast {
  readonly boardId: string;
  readonly orgSlug: string;
  /** Whoever replays: owns the organisation. */
  readonly owner: Person & { readonly email: string; readonly password: string };
  /** By Trello's ids. */
  readonly members: ReadonlyMap<string, Person>;
  close(): Promise<void>;
}

const NAME = 100;
const BOARD_NAME = 200;

/** Signs everybody up, into an organisation of this replay's own, with passwords that are made now. */
export async function createCast(
  url: string,
  history: Pick<History, "name" | "people">,
  { persist, fetch }: Persistence,
): Promise<Cast> {
  const run = newId().slice(-12);
  const people: Person[] = [];

  async function signUp(name: string, account: string) {
    const trestle = createTrestle({ url, fetch });
    const [email, password] = [`${account}-${run}@replay.test`, newSecret()];
    const { user } = await persist(async (options) => {
      try {
        return await trestle.auth.signUp.mutate({ name, email, password }, options);
      } catch (error) {
        // The answer to an earlier attempt was lost.
        if (errorKind(error) !== "EMAIL_TAKEN") throw error;
        return await trestle.auth.signIn.mutate({ email, password }, options);
      }
    });
    if (user === null) throw new Error("these accounts have no second factor");
    const person = { userId: user.id, trestle, email, password };
    people.push(person);
    return person;
  }

  const cut = { truncated: 0 };
  const owner = await signUp("Replay", "owner");
  const { orgs, members, projects, boards } = owner.trestle;
  const once = { mutationId: newId() };
  const orgName = toLine(cut, `Replay of ${history.name}`, NAME);
  const org = await persist((options) => orgs.create.mutate({ ...once, name: orgName }, options));
  const joined = await Promise.all(
    [...history.people].map(async ([id, shown], index) => {
      const person = await signUp(toLine(cut, shown, NAME), `member-${index + 1}`);
      const { token } = await persist((options) =>
        members.invite.mutate({ orgId: org.id, email: person.email, role: "member" }, options),
      );
      const acceptance = { token, mutationId: newId() };
      await persist((options) => person.trestle.members.accept.mutate(acceptance, options));
      return [id, person] as const;
    }),
  );
  const projectInput = { orgId: org.id, id: newId(), name: "Replay", key: "REPLAY", mutationId: newId() };
  const project = await persist((options) => projects.create.mutate(projectInput, options));
  const boardInput = {
    orgId: org.id,
    projectId: project.id,
    name: toLine(cut, history.name, BOARD_NAME),
    mutationId: newId(),
  };
  const board = await persist((options) => boards.create.mutate(boardInput, options));
  return {
    boardId: board.id,
    orgSlug: org.slug,
    owner,
    members: new Map(joined),
    async close() {
      for (const { trestle } of people) await trestle.close();
    },
  };
}
