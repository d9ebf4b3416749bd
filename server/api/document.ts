import { StaticFile } from "../static-file.ts";

/** The OpenAPI document: written by `npm run docs`, of the router and the comments above it; a test holds it to them. */
export const DOCUMENT = new StaticFile(
  new URL("../../docs/generated/openapi.json", import.meta.url),
  "application/json",
);
