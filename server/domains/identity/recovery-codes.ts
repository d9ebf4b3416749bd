import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { sha256 } from "../../core/secrets.ts";

const CODES = 10;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const CODE_LENGTH = 16;

/** New codes in place of those of before: 80 bits at random each, so their plain hashes are kept. */
export async function renewRecoveryCodes(tx: Db, userId: string): Promise<string[]> {
  const codes = Array.from({ length: CODES }, newCode);
  const hashes = JSON.stringify(codes.map((code) => sha256(code)));
  await tx.execute(sql`delete from recovery_code where user_id = ${userId}::uuid`);
  await tx.execute(sql`
    insert into recovery_code (user_id, code_hash)
    select ${userId}::uuid, h.hash from json_array_elements_text(${hashes}::json) as h(hash)`);
  return codes.map((code) => (code.match(/.{4}/gu) ?? []).join("-"));
}

/** Of several who have the same code at the same time one uses it. */
export async function useRecoveryCode(tx: Db, userId: string, code: string): Promise<boolean> {
  const used = await tx.execute(sql`
    delete from recovery_code where user_id = ${userId}::uuid and code_hash = ${sha256(code)} returning user_id`);
  return used.length > 0;
}

/** 32 letters: five bits of a byte choose one, each as likely. */
function newCode(): string {
  return Array.from(randomBytes(CODE_LENGTH), (byte) => LETTERS[byte % LETTERS.length]).join("");
}
