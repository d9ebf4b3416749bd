/** What a backup is made of, in the order of a file: a head, then each table with its rows, then the end. */
export type Part =
  | { readonly is: "head"; readonly head: BackupHead }
  | { readonly is: "table"; readonly table: TableHead }
  | { readonly is: "rows"; readonly bytes: Buffer }
  | { readonly is: "end"; readonly end: BackupEnd };

export interface BackupHead {
  /** ISO 8601, UTC: when the snapshot was taken. */
  readonly at: string;
  /** When the newest migration of the database was made, in milliseconds: tells its schema. */
  readonly migration: number;
}

export interface TableHead {
  readonly name: string;
  readonly columns: readonly string[];
}

export interface BackupEnd {
  /** How many rows each table has. */
  readonly rows: Readonly<Record<string, number>>;
  /** SHA-256, hex, of the ids, versions and nonces of all streams. */
  readonly heads: string;
}

/** Why there is no backup, or none can be put back: one sentence for whoever asked. */
export class BackupError extends Error {}
