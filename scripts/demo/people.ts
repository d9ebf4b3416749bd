import { createTrestle, errorKind, type Trestle } from "../../client/index.ts";
import { newSecret } from "../../server/core/secrets.ts";
import type { DemoFile } from "../../server/seed.ts";

export interface DemoPerson {
  readonly name: string;
  readonly trestle: Trestle;
}

/** Two people who may change the same board. */
export interface DemoPeople {
  readonly boardId: string;
  readonly owner: DemoPerson;
  readonly member: DemoPerson;
}

const COLUMNS = ["To do", "Doing", "Done"];

/** The owner and a member of the demo on that server; undefined when it has another demo, or none, or a changed one. */
export async function signInToDemo(
  urls: { owner: string; member: string },
  { boardId, users }: DemoFile,
): Promise<DemoPeople | undefined> {
  const signIn = async (role: "owner" | "member"): Promise<DemoPerson | undefined> => {
    const user = users.find((one) => one.role === role);
    if (!user) return undefined;
    const trestle = createTrestle({ url: urls[role] });
    await trestle.auth.signIn.mutate({ email: user.email, password: user.password });
    const { board, columns } = await trestle.boards.get.query({ boardId });
    return board.state === "open" && columns.length >= COLUMNS.length ? { name: user.name, trestle } : undefined;
  };
  try {
    const [owner, member] = [await signIn("owner"), await signIn("member")];
    return owner && member ? { boardId, owner, member } : undefined;
  } catch (error) {
    if (errorKind(error) === undefined) throw error;
    return undefined;
  }
}

/** Signs two people up, with an organisation and a board of their own. */
export async function signUpForDemo(urls: { owner: string; member: string }): Promise<DemoPeople> {
  const signUp = async (url: string, name: string) => {
    const trestle = createTrestle({ url });
    const email = `demo-${crypto.randomUUID()}@demo.test`;
    await trestle.auth.signUp.mutate({ email, password: newSecret(), name });
    return { name, trestle, email };
  };
  const [owner, member] = [await signUp(urls.owner, "Demo Owner"), await signUp(urls.member, "Demo Member")];
  const { orgs, members, projects, boards } = owner.trestle;
  const { id: orgId } = await orgs.create.mutate({ name: "Demo" });
  const { token } = await members.invite.mutate({ orgId, email: member.email, role: "member" });
  await member.trestle.members.accept.mutate({ token });
  const { id: projectId } = await projects.create.mutate({ orgId, name: "Demo project", key: "DEMO" });
  const { id: boardId } = await boards.create.mutate({ orgId, projectId, name: "Demo board", columns: COLUMNS });
  return { boardId, owner, member };
}
