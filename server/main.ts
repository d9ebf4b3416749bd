import { join } from "node:path";
import { EmbeddedPostgresError } from "../db/embedded.ts";
import { type App, createApp, isLoopback } from "./app.ts";
import { createLogger } from "./core/log.ts";
import { folderTransport } from "./core/mail/folder.ts";
import { type MailTransport, toSender } from "./core/mail/message.ts";
import { smtpTransport } from "./core/mail/smtp.ts";
import {
  callRateOf,
  certificateOf,
  ConfigurationError,
  type Env,
  filesOf,
  isUnderNpm,
  listOf,
  readEnv,
  requireProductionSettings,
  signUpOf,
} from "./env.ts";
import { openRootKeys, requireFittingKeys } from "./root-keys.ts";
import { type DemoFile, isEmpty, readDemo, seedDemo } from "./seed.ts";
import { openDatabase, StartError, toStartError } from "./start.ts";

const say = (text: string) => process.stdout.write(`${text}\n`);
const complain = (text: string) => process.stderr.write(`${text}\n`);

/** How long a stop may take before it is forced (rule L19). */
const STOP_MS = 10_000;

async function main(): Promise<void> {
  const env = readEnv();
  requireProductionSettings(env);
  const log = createLogger(env.LOG_LEVEL);
  const rootKeys = await openRootKeys(env);
  const database = await openDatabase(env, say);
  let app: App;
  try {
    await requireFittingKeys(database.connection, rootKeys);
    app = await createApp({
      connection: database.connection,
      poolSize: env.DATABASE_POOL_SIZE,
      rootKeys,
      host: env.HOST,
      port: env.PORT,
      certificate: certificateOf(env),
      publicUrl: env.PUBLIC_URL,
      allowedOrigins: listOf(env.ALLOWED_ORIGINS),
      trustedProxies: listOf(env.TRUSTED_PROXIES),
      drainGraceMs: env.DRAIN_GRACE_MS,
      production: env.NODE_ENV === "production",
      pageFolder: join(import.meta.dirname, "../web/dist"),
      signUp: signUpOf(env),
      providers: env.OIDC_PROVIDERS,
      callRate: callRateOf(env),
      shedAtLagMs: env.SHED_AT_LAG_MS,
      keepAliveMs: env.KEEP_ALIVE_SECONDS * 1_000,
      files: filesOf(env),
      mail: mailOf(env),
      log,
    });
  } catch (error) {
    await database.close();
    throw toStartError(error, env);
  }
  stopOnSignals(async () => {
    await app.close();
    await database.close();
  });
  const wantsDemo = env.DEMO && database.embedded && isLoopback(env.HOST) && env.NODE_ENV !== "production";
  const seeded =
    wantsDemo && (await isEmpty(app.services))
      ? await seedDemo(app.services, { dataDir: env.DATA_DIR, url: app.url })
      : undefined;
  greet(env, app, seeded, wantsDemo ? readDemo(env.DATA_DIR) : undefined);
}

/** How mail leaves here. What it says is printed for who tries Trestle out, and never in production. */
function mailOf(env: Env): MailTransport {
  const from = toSender(env.MAIL_FROM);
  if (env.SMTP_URL !== undefined) return smtpTransport(env.SMTP_URL, from);
  return folderTransport(join(env.DATA_DIR, "mail"), from, env.NODE_ENV === "production" ? undefined : say);
}

function greet(env: Env, app: App, seeded: DemoFile | undefined, demo: DemoFile | undefined): void {
  say(`\nTrestle is ready at ${app.url} (after ${Math.round(performance.now())} ms).`);
  if (seeded) {
    say("\nThe database was empty: it has a demo organisation now. Sign in with");
    for (const { role, email, password } of seeded.users) say(`  ${role.padEnd(7)} ${email.padEnd(18)} ${password}`);
    say(`These passwords are of this data directory only, and kept in ${env.DATA_DIR}/demo.json.`);
  } else if (demo) {
    say(`The demo's sign-ins are in ${env.DATA_DIR}/demo.json.`);
  }
  if (demo) say(`\nTry, in another terminal:  TRESTLE_URL=${app.url} npm run demo\n`);
}

/** Stops once, on the usual signals, and when npm ends: npm does not hand SIGTERM on. */
function stopOnSignals(stop: () => Promise<void>): void {
  let stopping = false;
  const begin = (why: string) => {
    if (stopping) return;
    stopping = true;
    say(`\nStopping (${why}).`);
    setTimeout(() => {
      complain("It took too long to stop: ending now. Nothing that was acknowledged is lost.");
      process.exit(1);
    }, STOP_MS).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        complain(`The stop failed: ${error instanceof Error ? error.message : String(error)}`);
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => begin(signal));
  const parent = process.ppid;
  if (isUnderNpm()) {
    setInterval(() => {
      if (process.ppid !== parent) begin("npm has ended");
    }, 250).unref();
  }
}

try {
  await main();
} catch (error) {
  const expected =
    error instanceof ConfigurationError || error instanceof EmbeddedPostgresError || error instanceof StartError;
  if (expected) complain(error.message);
  else complain(`Trestle could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exit(1);
}
