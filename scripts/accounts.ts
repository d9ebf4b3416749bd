import { EmbeddedPostgresError } from "../db/embedded.ts";
import { createServices } from "../server/app.ts";
import { createLogger } from "../server/core/log.ts";
import { type AccountChange, disableAccount, enableAccount } from "../server/domains/identity/accounts.service.ts";
import { ConfigurationError, readEnv } from "../server/env.ts";
import { openRootKeys } from "../server/root-keys.ts";
import { openDatabase, StartError } from "../server/start.ts";

const HELP = `npm run accounts -- disable EMAIL
npm run accounts -- enable EMAIL

Disabling an account ends its sessions and watches, on every running process, and lets nobody sign in to it until it
is enabled again. What the account did stays. Uses the database of the environment, beside running servers too.
`;

const CHANGES = { disable: disableAccount, enable: enableAccount };
const SAYS: Record<AccountChange, (verb: string) => string> = {
  changed: (verb) => `The account is ${verb}d.`,
  unchanged: (verb) => `The account was ${verb}d before.`,
  unknown: () => "There is no account with that e-mail address.",
};

const [verb, email, ...rest] = process.argv.slice(2);
if (process.argv.includes("--help")) {
  console.log(HELP);
} else if ((verb !== "disable" && verb !== "enable") || email === undefined || rest.length > 0) {
  console.error(HELP);
  process.exitCode = 1;
} else {
  try {
    await change(verb, email);
  } catch (error) {
    const expected =
      error instanceof ConfigurationError || error instanceof StartError || error instanceof EmbeddedPostgresError;
    console.error(expected ? error.message : error);
    process.exitCode = 1;
  }
}

async function change(verb: keyof typeof CHANGES, email: string): Promise<void> {
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
    const outcome = await CHANGES[verb](services, email);
    console.log(SAYS[outcome](verb));
    if (outcome === "unknown") process.exitCode = 1;
  } finally {
    await close();
    await database.close();
  }
}
