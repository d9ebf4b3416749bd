export * from "./identity.ts";
export * from "./factors.ts";
export * from "./identities.ts";
export * from "./keys.ts";
export * from "./log.ts";
export * from "./orgs.ts";
export * from "./work.ts";
export * from "./mail.ts";
