import { z } from "zod";
import { BOARD_ROLES, ORG_ROLES } from "../db/enums.ts";
import type { Meta } from "../server/core/trpc.ts";
import { ERRORS } from "../server/errors.ts";
import { BOARD_EVENTS, INBOX_EVENTS, ORG_EVENTS } from "../server/events.ts";
import { ACTIONS, actionsOfCustom, allows, KEY_ACTIONS, mayHold, POLICY } from "../server/policy.ts";
import { appRouter } from "../server/router.ts";
import { writeOpenApi } from "./api-page/openapi.ts";
import { writeApiPage } from "./api-page/page.ts";

const HEAD = "<!-- Written by `npm run docs`. Do not edit. -->\n\n";
const Definition = z.object({ type: z.string(), meta: z.custom<Meta>() });

/** The pages of `docs` that are made from the catalogues and the router: file → text. */
export async function generateDocs(): Promise<Record<string, string>> {
  return {
    "generated/permissions.md": permissions(),
    "generated/errors.md": errors(),
    "generated/events.md": events(),
    "generated/openapi.json": await writeOpenApi(),
    "api.md": `${HEAD}${await writeApiPage()}`,
  };
}

/** Who has to have just proved who they are. */
const PROOFS = { false: "", true: ", just proved who they are", owners: ", of an owner: just proved who they are" };

function permissions(): string {
  const roles = [...ORG_ROLES, ...BOARD_ROLES];
  const rows = Object.entries<unknown>(appRouter._def.procedures).map(([path, procedure]) => {
    const { type, meta } = Definition.parse(Reflect.get(Object(procedure), "_def"));
    const { action, isRecent } = meta;
    if (action === "public") return row([`\`${path}\``, type, "everybody", ...roles.map(() => "")]);
    const signedIn = isRecent === true ? "whoever has just proved who they are" : "whoever is signed in";
    if (action === "user") return row([`\`${path}\``, type, signedIn, ...roles.map(() => "")]);
    const cells = roles.map((role) => (allows(action, role) ? "✓" : ""));
    const asked = `\`${action}\`${isRecent === undefined ? "" : PROOFS[`${isRecent}`]}`;
    return row([`\`${path}\``, type, asked, ...cells]);
  });
  const notForKeys = Object.keys(POLICY).flatMap((action) =>
    KEY_ACTIONS.some((known) => known === action) ? [] : [`\`${action}\``],
  );
  const archived = Object.entries(POLICY).flatMap(([action, rule]) => ("archived" in rule ? [`\`${action}\``] : []));
  const ownersOnly = ACTIONS.filter((action) => !mayHold("admin", action));
  return `${HEAD}# Who may call what

The first four roles are of the organisation, the last four of the board. On a board that the organisation may see,
owners and admins are managers, and members editors; on a private one the owner is manager and the others nothing; an
explicit share counts when it is higher. An API key may do the actions that it was made for, in its organisation, where
its owner may; nothing that says "signed in" but \`auth.me\`, and never ${notForKeys.join(", ")}. To an archived board, these may be done: ${archived.join(", ")}; and whoever has a timer running there stops it (\`time.stop\`).

A role that an organisation makes for itself has a base (admin, member or guest) and a list of actions. Where the
procedure's action is of the organisation, the list takes the place of the columns here; on a board, the role there has
to allow it and the list, too. On boards, and for who may manage whom, it is what its base is. Every list has
${actionsOfCustom("guest", []).map(code).join(", ")}. ${ownersOnly.map(code).join(", ")} is in none, and for the base guest nothing of the organisation is
that guests do not have.

${table(["procedure", "type", "action", ...roles], rows)}`;
}

function code(word: string): string {
  return `\`${word}\``;
}

function errors(): string {
  const rows = Object.entries(ERRORS).map(([kind, { code, says }]) => row([`\`${kind}\``, `\`${code}\``, says]));
  return `${HEAD}# What can be refused

Clients switch on \`error.data.kind\`. Bad input has \`error.data.fields\`, too: path → sentence.

${table(["kind", "code", "says"], rows)}`;
}

function events(): string {
  const list = (catalogue: Record<string, z.ZodType>) =>
    table(
      ["type", "data"],
      Object.entries(catalogue).map(([type, schema]) => row([`\`${type}\``, fieldsOf(schema)])),
    );
  return `${HEAD}# What is announced

Every event has \`version\`, \`at\`, \`actorId\` and \`mutationId\` beside its data.

## On a board's stream

${list(BOARD_EVENTS)}
## On an organisation's stream

${list(ORG_EVENTS)}
## On somebody's inbox

${list(INBOX_EVENTS)}`;
}

function fieldsOf(schema: z.ZodType): string {
  const fields = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return fields.map((field) => `\`${field}\``).join(", ") || "nothing";
}

function table(head: readonly string[], rows: readonly string[]): string {
  return `${row(head)}${row(head.map(() => "---"))}${rows.join("")}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}
