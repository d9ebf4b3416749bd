import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { S3Config } from "../../server/core/files/s3-store.ts";

/** What we use of s3rver, which has no types. */
interface S3rver {
  run(): Promise<unknown>;
  close(): Promise<unknown>;
}
interface S3rverOptions {
  readonly port: number;
  readonly address: string;
  readonly silent: boolean;
  readonly directory: string;
  readonly configureBuckets: readonly { readonly name: string }[];
}
const S3rverModule = z.object({
  default: z.custom<new (options: S3rverOptions) => S3rver>((value) => typeof value === "function"),
});
const Address = z.object({ port: z.int() });

/** A store that speaks S3 over a socket, with a bucket of its own. It knows this one pair of keys. */
export async function startS3Server(): Promise<{ config: S3Config; close(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "trestle-s3-"));
  const { default: Server } = S3rverModule.parse(await import("@20minutes/s3rver"));
  const bucket = "trestle-files";
  const options = { port: 0, address: "127.0.0.1", silent: true, directory, configureBuckets: [{ name: bucket }] };
  const server = new Server(options);
  const { port } = Address.parse(await server.run());
  return {
    config: {
      bucket,
      endpoint: `http://127.0.0.1:${port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" },
    },
    async close() {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
