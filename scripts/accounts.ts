import { EmbeddedPostgresError } from "../db/embedded.ts";
import { createServices } from "../server/app.ts";
import type { AppServices } from "../server/core/context.ts";
import { createLogger } from "../server/core/log.ts";
import { AppError } from "../server/core/app-error.ts";
import { deleteAccountOf } from "../server/domains/home/account.service.ts";
import {
  type AccountChange,
  disableAccount,
  enableAccount,
  endAllSessions,
  endSessionsOf,
  resetFactors,
} from "../server/domains/identity/accounts.service.ts";
import { ConfigurationError, readEnv } from "../server/env.ts";
import { openRootKeys } from "../server/root-keys.ts";
import { openDatabase, StartError } from "../server/start.ts";

const HELP = `npm run accounts -- disable EMAIL
npm run accounts -- enable EMAIL
npm run accounts -- delete EMAIL
npm run accounts -- reset-factors EMAIL
npm run accounts -- end-sessions EMAIL
npm run accounts -- end-sessions --all

Disabling an account ends its sessions and watches, on every running process, and lets nobody sign in to it until it
is enabled again. What the account did stays.

Deleting it does so for good, takes it out of its organisations, deletes those to which nobody else belongs, and erases
its name and address; what it did stays, as of a deleted account. It is refused while it is the only owner of one with
other people. Backups that were made before still have all of it.

Resetting the factors of somebody who has lost them removes all their passkeys, authenticator apps and recovery codes,
and ends their sessions: the password alone signs in again, so be sure who asks. Organisations that demand a second
factor refuse them until they have another one.

Ending sessions signs somebody out everywhere, or with --all everybody: with their watches, at once, on every running
process. They may sign in again; API keys go on.

Uses the database of the environment, beside running servers too.
`;

/** In place of an address. */
const ALL = "--all";
const UNKNOWN = "There is no account with that e-mail address.";
const VERBS = {
  disable: {
    change: disableAccount,
    says: { changed: "The account is disabled.", unchanged: "The account was disabled before.", unknown: UNKNOWN },
  },
  enable: {
    change: enableAccount,
    says: { changed: "The account is enabled.", unchanged: "The account was enabled before.", unknown: UNKNOWN },
  },
  delete: {
    change: deleteAccountOf,
    says: { changed: "The account is deleted.", unchanged: "The account was deleted before.", unknown: UNKNOWN },
  },
  "reset-factors": {
    change: resetFactors,
    says: { changed: "The second factors are removed.", unchanged: "The account has none.", unknown: UNKNOWN },
  },
  "end-sessions": {
    change: (services: AppServices, email: string) =>
      email === ALL ? endEverybodys(services) : endSessionsOf(services, email),
    says: { changed: "The sessions are ended.", unchanged: "There are no sessions.", unknown: UNKNOWN },
  },
} satisfies Record<string, { change: unknown; says: Record<AccountChange, string> }>;

async function endEverybodys(services: AppServices): Promise<AccountChange> {
  return (await endAllSessions(services)) > 0 ? "changed" : "unchanged";
}

const [verb, email, ...rest] = process.argv.slice(2);
if (process.argv.includes("--help")) {
  console.log(HELP);
} else if (!isVerb(verb) || email === undefined || rest.length > 0) {
  console.error(HELP);
  process.exitCode = 1;
} else {
  try {
    await change(verb, email);
  } catch (error) {
    const expected =
      error instanceof ConfigurationError ||
      error instanceof StartError ||
      error instanceof EmbeddedPostgresError ||
      error instanceof AppError;
    console.error(expected ? error.message : error);
    process.exitCode = 1;
  }
}

function isVerb(text: string | undefined): text is keyof typeof VERBS {
  return text !== undefined && Object.hasOwn(VERBS, text);
}

async function change(verb: keyof typeof VERBS, email: string): Promise<void> {
  const env = readEnv();
  const database = await openDatabase(env, console.log);
  const log = createLogger(env.LOG_LEVEL);
  const { services, close } = createServices({
    connection: database.connection,
    poolSize: 2,
    rootKeys: await openRootKeys(env),
    log,
    secure: false,
  });
  try {
    const outcome = await VERBS[verb].change(services, email);
    console.log(VERBS[verb].says[outcome]);
    if (outcome === "unknown") process.exitCode = 1;
  } finally {
    await close();
    await database.close();
  }
}
