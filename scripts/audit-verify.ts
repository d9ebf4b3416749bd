/** `npm run audit:verify`: holds the audit log to its chains, beside servers that run. */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { connect } from "../db/client.ts";
import type { AuditHead } from "../server/core/audit/block.ts";
import { createAuditKeys } from "../server/core/audit/keys.ts";
import { ACCOUNTS_CHAIN } from "../server/core/audit/record.ts";
import { type ChainResult, listChains, verifyWholeChain } from "../server/core/audit/verify-log.ts";
import { verifyExport } from "../server/core/audit/verify-export.ts";
import { AuditHead as Head } from "../server/domains/audit/audit.contract.ts";
import { readEnv } from "../server/env.ts";
import { openRootKeys } from "../server/root-keys.ts";
import { openDatabase, requireOwner } from "../server/start.ts";
import { explain } from "./own-server.ts";

const HELP = `npm run audit:verify -- [--org ID] [--head FILE] [--save FILE]
npm run audit:verify -- --export FILE --key PUBLIC_KEY [--head FILE]

Holds the audit log of every organisation and of the accounts, or of one organisation, to its signed chain, and names the
first record that is not as it was written. Uses the database and the root key of the environment, beside running servers
too; for all organisations as the owner of the tables (MIGRATION_DATABASE_URL). Ends with 1 when something is wrong.

--save FILE    writes the heads that were found, one JSON line each: keep them where the database's superuser cannot write
--head FILE    has heads that were kept: what they tell of must still be there
--export FILE  verifies the lines of audit.export, from its first block on, without a database; --key is its publicKey
`;

interface Asked {
  readonly org?: string | undefined;
  readonly head?: string | undefined;
  readonly save?: string | undefined;
  readonly export?: string | undefined;
  readonly key?: string | undefined;
}

function readArguments(): (Asked & { help: boolean }) | undefined {
  const text = { type: "string" } as const;
  try {
    const { values } = parseArgs({
      options: {
        org: text,
        head: text,
        save: text,
        export: text,
        key: text,
        help: { type: "boolean", default: false },
      },
    });
    return (values.export === undefined) === (values.key === undefined) ? values : undefined;
  } catch {
    return undefined;
  }
}

const asked = readArguments();
if (!asked) {
  console.error(HELP);
  process.exitCode = 2;
} else if (asked.help) {
  console.log(HELP);
} else {
  try {
    const isWhole = asked.export === undefined ? await verifyDatabase(asked) : await verifyFile(asked.export, asked);
    if (!isWhole) process.exitCode = 1;
  } catch (error) {
    console.error(explain(error));
    process.exitCode = 1;
  }
}

async function verifyDatabase({ org, head, save }: Asked): Promise<boolean> {
  const env = readEnv();
  const heads = await readHeads(head);
  const keys = createAuditKeys(await openRootKeys(env));
  const database = await openDatabase(env, console.log);
  const { db, close } = connect(org === undefined ? requireOwner(database) : database.connection, { max: 2 });
  try {
    const results: ChainResult[] = [];
    for (const chainId of org === undefined ? await listChains(db, heads) : [org]) {
      const result = await verifyWholeChain({ db, keys, heads }, chainId);
      results.push(result);
      console.log(describe(result));
    }
    if (save !== undefined) await saveHeads(save, results);
    return results.every(({ fault }) => fault === null);
  } finally {
    await close();
    await database.close();
  }
}

async function verifyFile(file: string, { key = "", head }: Asked): Promise<boolean> {
  const heads = await readHeads(head);
  const result = verifyExport(await readFile(file, "utf8"), { publicKey: key, head: heads[0] });
  console.log(describe({ ...result, chainId: heads[0]?.chainId ?? file, head: null }));
  return result.fault === null;
}

async function readHeads(file: string | undefined): Promise<AuditHead[]> {
  if (file === undefined) return [];
  const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => Head.parse(JSON.parse(line)));
}

async function saveHeads(file: string, results: readonly ChainResult[]): Promise<void> {
  const lines = results.flatMap(({ head, fault }) => (head && !fault ? [JSON.stringify(head)] : []));
  await writeFile(file, lines.map((line) => `${line}\n`).join(""), { mode: 0o600 });
}

function describe({ chainId, fault, blocks, records, head }: ChainResult): string {
  const name = chainId === ACCOUNTS_CHAIN ? "accounts" : chainId;
  if (!fault) return `${name}: ${records} records in ${blocks} blocks, as they were written; ${head?.hash ?? "whole"}`;
  const block = fault.block === null ? "in no block" : `block ${fault.block}`;
  return `${name}: ${fault.kind}, ${block}${fault.recordId === null ? "" : `, record ${fault.recordId}`}`;
}
