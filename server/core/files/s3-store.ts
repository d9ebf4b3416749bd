import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { AppError } from "../app-error.ts";
import type { FileStore } from "./file-store.ts";

export interface S3Config {
  readonly bucket: string;
  /** Of a store that is not Amazon's. */
  readonly endpoint?: string | undefined;
  readonly region: string;
  /** Undefined: whatever the machine has (a role, a file of credentials). */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

/** Any S3-compatible store. The SDK is loaded with the first file: most servers have none. */
export function s3Store({ bucket: Bucket, endpoint, region, credentials }: S3Config): FileStore {
  const open = async () => {
    const sdk = await import("@aws-sdk/client-s3");
    const client = new sdk.S3Client({
      region,
      ...(credentials ? { credentials } : {}),
      // Stores of others know buckets by the path.
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
      // Newer checksums are not known by all of them, and the size and digest of each file are known to us.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    });
    return { sdk, client };
  };
  let opened: ReturnType<typeof open> | undefined;
  const s3 = () => (opened ??= open());
  return {
    async keep(Key, path, ContentLength) {
      const { sdk, client } = await s3();
      // In one piece: of one that is not finished the store keeps nothing.
      await client.send(new sdk.PutObjectCommand({ Bucket, Key, Body: createReadStream(path), ContentLength }));
    },
    async read(Key, range) {
      const { sdk, client } = await s3();
      try {
        const Range = range && `bytes=${range.start}-${range.end}`;
        const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket, Key, Range }));
        if (!(Body instanceof Readable)) throw new Error("in Node the SDK answers streams of Node");
        return Body;
      } catch (error) {
        throw error instanceof sdk.NoSuchKey ? new AppError("FILE_MISSING", { cause: error }) : error;
      }
    },
    async delete(Key) {
      const { sdk, client } = await s3();
      await client.send(new sdk.DeleteObjectCommand({ Bucket, Key }));
    },
    close: () => void opened?.then(({ client }) => client.destroy()),
  };
}
