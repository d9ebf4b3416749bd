import { EmbeddedPostgresError } from "../db/embedded.ts";
import { createServices } from "../server/app.ts";
import { createLogger } from "../server/core/log.ts";
import { ConfigurationError, readEnv } from "../server/env.ts";
import { openRootKeys } from "../server/root-keys.ts";
import { isEmpty, seedDemo } from "../server/seed.ts";
import { openDatabase, StartError } from "../server/start.ts";

const HELP = `npm run db:seed -- --demo

Gives an empty database the demo organisation, and prints its sign-ins. They are kept in DATA_DIR/demo.json, too.
`;

if (!process.argv.includes("--demo") || process.argv.includes("--help")) {
  console.log(HELP);
  if (!process.argv.includes("--help")) process.exitCode = 1;
} else {
  try {
    await seed();
  } catch (error) {
    const expected =
      error instanceof ConfigurationError || error instanceof StartError || error instanceof EmbeddedPostgresError;
    console.error(expected ? error.message : error);
    process.exitCode = 1;
  }
}

async function seed(): Promise<void> {
  const env = readEnv();
  const database = await openDatabase(env, console.log);
  const { connection } = database;
  const { services, close } = createServices({
    connection,
    poolSize: 2,
    rootKeys: await openRootKeys(env),
    log: createLogger(env.LOG_LEVEL),
    secure: false,
  });
  try {
    if (!(await isEmpty(services))) {
      console.error("The database has accounts already: the demo is for an empty one.");
      process.exitCode = 1;
      return;
    }
    const demo = await seedDemo(services, {
      dataDir: env.DATA_DIR,
      url: env.PUBLIC_URL ?? `http://localhost:${env.PORT}`,
    });
    for (const { role, email, password } of demo?.users ?? []) {
      console.log(`${role.padEnd(7)} ${email.padEnd(18)} ${password}`);
    }
  } finally {
    await close();
    await database.close();
  }
}
