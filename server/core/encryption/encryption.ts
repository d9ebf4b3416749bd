import type { Db } from "../../../db/client.ts";
import type { EncryptedName, RowOf } from "../../encrypted-columns.ts";
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import { blindIndex, type Normalisation, NORMALISATIONS } from "./blind-index.ts";
import { DataKeys } from "./data-keys.ts";
import { decrypt, encrypt, NotAuthentic } from "./gcm.ts";
import type { RootKeys } from "./root-keys.ts";

/** What a sealed text begins with, and then: the id of its data key, and nonce, ciphertext and tag in base64url. */
export const FORMAT = "e1";
const SEALED = /^e1\.(?<keyId>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\.(?<text>[\w-]{38,})$/u;

/** Why a ciphertext was refused, and where it was found; nothing of what it holds. */
export interface Refusal {
  readonly reason: "malformed" | "key unknown" | "not authentic";
  readonly column: EncryptedName;
  readonly rowId: string;
  /** Null: an account's. */
  readonly orgId: string | null;
  readonly keyId?: string;
}

/**
 * A ciphertext that is none, or was changed, or belongs to another row, column or organisation, or whose key is gone.
 * To whoever calls it is a fault like any other: INTERNAL, with a request id.
 */
export class CiphertextRefused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`a ciphertext was refused: ${refusal.reason}`);
    this.refusal = refusal;
  }
}

export interface EncryptionOptions {
  /** A connection that nobody else uses: see `DataKeys`. */
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly rootKeys: RootKeys;
}

/**
 * Encrypts single fields by AES-256-GCM. Each organisation has a data key, and accounts have one together; what is
 * sealed is bound to its table, column, row and organisation or account, and is refused anywhere else.
 */
export class Encryption {
  readonly dataKeys: DataKeys;
  readonly #log: Logger;
  readonly #listeners: ((refusal: Refusal) => void)[] = [];

  constructor({ db, clock, log, rootKeys }: EncryptionOptions) {
    this.dataKeys = new DataKeys({ db, clock, rootKeys });
    this.#log = log;
  }

  /** What the column of that row is to hold. May be called within a transaction: it uses a connection of its own. */
  async seal<Name extends EncryptedName>(column: Name, row: RowOf<Name>, plaintext: string): Promise<string> {
    return this.#seal(column, row, plaintext);
  }

  /** The text that was sealed for that column of that row. Fails with `CiphertextRefused`. */
  async open<Name extends EncryptedName>(column: Name, row: RowOf<Name>, sealed: string): Promise<string> {
    return this.#open(column, row, sealed);
  }

  /** The same text, sealed by the key of now. Fails with `CiphertextRefused`. */
  async reseal(column: EncryptedName, row: Row, sealed: string): Promise<string> {
    return this.#seal(column, row, await this.#open(column, row, sealed));
  }

  async #seal(column: EncryptedName, row: Row, plaintext: string): Promise<string> {
    const { id, key } = await this.dataKeys.takeCurrent(orgOf(row));
    const bytes = encrypt(key, Buffer.from(plaintext), aboutText(id, column, row));
    return `${FORMAT}.${id}.${bytes.toString("base64url")}`;
  }

  async #open(column: EncryptedName, row: Row, sealed: string): Promise<string> {
    const where = { column, rowId: row.id, orgId: orgOf(row) };
    const { keyId, bytes } = parse(sealed) ?? {};
    if (keyId === undefined || bytes === undefined) throw this.#refused({ ...where, reason: "malformed" });
    const dataKey = await this.dataKeys.find(keyId);
    if (!dataKey) throw this.#refused({ ...where, reason: "key unknown", keyId });
    try {
      return decrypt(dataKey.key, bytes, aboutText(keyId, column, row)).toString();
    } catch (error) {
      if (!(error instanceof NotAuthentic)) throw error;
      throw this.#refused({ ...where, reason: "not authentic", keyId });
    }
  }

  /**
   * What a text is found again by where its column is encrypted: the same for the same text in the same column of the
   * same organisation (null: of accounts), and without the key nothing can be told from it but that.
   */
  async index(
    column: string,
    { orgId, text, as }: { orgId: string | null; text: string; as: Normalisation },
  ): Promise<string> {
    const { key } = await this.dataKeys.current({ orgId, purpose: "index" });
    return blindIndex(key, { column, text: NORMALISATIONS[as](text) });
  }

  /** Called for every ciphertext that is refused, beside the log. */
  onRefused(listener: (refusal: Refusal) => void): void {
    this.#listeners.push(listener);
  }

  #refused(refusal: Refusal): CiphertextRefused {
    this.#log.error(refusal, "a ciphertext was refused");
    for (const listener of this.#listeners) listener(refusal);
    return new CiphertextRefused(refusal);
  }
}

/** The parts of a sealed text, if it is one as `seal` writes them. */
function parse(sealed: string): { keyId: string; bytes: Buffer } | undefined {
  const { keyId, text = "" } = SEALED.exec(sealed)?.groups ?? {};
  const bytes = Buffer.from(text, "base64url");
  // The last character has bits that do not count.
  return keyId === undefined || bytes.toString("base64url") !== text ? undefined : { keyId, bytes };
}

export type Row = { readonly id: string } & ({ readonly orgId: string } | { readonly userId: string });

function orgOf(row: Row): string | null {
  return "orgId" in row ? row.orgId : null;
}

/** What a ciphertext is bound to. */
function aboutText(keyId: string, column: EncryptedName, row: Row): string[] {
  return [FORMAT, keyId, column, row.id, "orgId" in row ? `org ${row.orgId}` : `account ${row.userId}`];
}
