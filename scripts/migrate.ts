import { EmbeddedPostgresError } from "../db/embedded.ts";
import { ConfigurationError, readEnv } from "../server/env.ts";
import { openDatabase, StartError } from "../server/start.ts";

const HELP = `npm run db:migrate

Brings the database of the environment (DATABASE_URL, or the embedded one in DATA_DIR) up to date. The server does the
same at its start; this is for those who migrate before they deploy.
`;

if (process.argv.includes("--help")) {
  console.log(HELP);
} else {
  try {
    const database = await openDatabase(readEnv(), console.log);
    await database.close();
    console.log("The database is up to date.");
  } catch (error) {
    const expected =
      error instanceof ConfigurationError || error instanceof StartError || error instanceof EmbeddedPostgresError;
    console.error(expected ? error.message : error);
    process.exitCode = 1;
  }
}
