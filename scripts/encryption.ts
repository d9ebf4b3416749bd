/** `npm run encryption`: the keys that fields are encrypted by, and how another takes over. */
import { createServices } from "../server/app.ts";
import { RootKeyMissing } from "../server/core/encryption/data-keys.ts";
import {
  keyStatus,
  type Progress,
  REENCRYPT,
  reencrypt,
  retireDataKeys,
  rewrapDataKeys,
} from "../server/core/encryption/rotation.ts";
import type { AppServices } from "../server/core/context.ts";
import { createLogger } from "../server/core/log.ts";
import { readEnv } from "../server/env.ts";
import { newRootKey, openRootKeys, requireFittingKeys } from "../server/root-keys.ts";
import { openDatabase } from "../server/start.ts";
import { explain } from "./own-server.ts";

const HELP = `npm run -s encryption -- new-key   prints a new root key, for ENCRYPTION_KEY
npm run encryption -- status       which keys there are, and what is still on retired ones
npm run encryption -- rotate-root  wraps all data keys by the first key of ENCRYPTION_KEY
npm run encryption -- rotate-data  retires the data keys, and encrypts all fields by new ones
npm run encryption -- resume       goes on with a rotate-data that was ended in the middle

Another root key: make one; give it to every server behind the one of now (ENCRYPTION_KEY=old,new) and restart them; put
it first (new,old) and restart them; rotate-root; take the old one away when status does not name it any more. Backups
that were made before still need the old one.

Servers go on meanwhile. Both may be ended at any moment and begun again; what rotate-data leaves, running servers do,
too. A retired data key is deleted a day after, by a server, once nothing is encrypted by it.
`;

const PROGRESS_MS = 2_000;

const VERBS: Record<string, (app: AppServices) => Promise<void>> = {
  status: showStatus,
  "rotate-root": rotateRoot,
  "rotate-data": rotateData,
  resume: finish,
};

const [verb = "", ...rest] = process.argv.slice(2);
const run = Object.hasOwn(VERBS, verb) && rest.length === 0 ? VERBS[verb] : undefined;
if (process.argv.includes("--help")) {
  console.log(HELP);
} else if (verb === "new-key" && rest.length === 0) {
  console.log(newRootKey());
} else if (run) {
  try {
    await onDatabase(run);
  } catch (error) {
    console.error(explain(error, RootKeyMissing));
    process.exitCode = 1;
  }
} else {
  console.error(HELP);
  process.exitCode = 2;
}

async function onDatabase(work: (app: AppServices) => Promise<void>): Promise<void> {
  const env = readEnv();
  const rootKeys = await openRootKeys(env);
  const database = await openDatabase(env, console.log);
  try {
    await requireFittingKeys(database.connection, rootKeys);
    const log = createLogger(env.LOG_LEVEL);
    const { connection } = database;
    const { services, close } = createServices({ connection, poolSize: 4, rootKeys, log, secure: false });
    try {
      await work(services);
    } finally {
      await close();
    }
  } finally {
    await database.close();
  }
}

async function showStatus({ db, rootKeys }: AppServices): Promise<void> {
  const { rootKeys: wrapped, retiredKeys, texts } = await keyStatus(db);
  for (const [id, count] of Object.entries(wrapped)) {
    console.log(`root key ${id}${id === rootKeys.currentId ? " (of now)" : ""}: wraps ${count} data keys`);
  }
  console.log(`${retiredKeys} retired data keys, and ${texts} texts encrypted by them`);
}

async function rotateRoot(app: AppServices): Promise<void> {
  const count = await rewrapDataKeys(app, reporting("data keys"));
  console.log(`Wrapped ${count} data keys by the root key ${app.rootKeys.currentId}.`);
}

async function rotateData(app: AppServices): Promise<void> {
  const count = await app.db.transaction(async (tx) => {
    const retired = await retireDataKeys(tx, app.clock.now());
    await app.jobs.enqueue(tx, REENCRYPT, {});
    return retired;
  });
  console.log(`Retired ${count} data keys. Encrypting anew what they encrypted …`);
  await finish(app);
}

async function finish(app: AppServices): Promise<void> {
  const count = await reencrypt(app, reporting("texts"));
  console.log(`Encrypted ${count} texts anew.`);
  await showStatus(app);
}

/** Says from time to time how far it is. */
function reporting(what: string): Progress {
  let saidAt = performance.now();
  let sum = 0;
  return {
    onBatch(count) {
      sum += count;
      if (performance.now() - saidAt < PROGRESS_MS) return;
      saidAt = performance.now();
      console.log(`${sum} ${what} …`);
    },
  };
}
