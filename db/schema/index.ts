export * from "./encryption.ts";
export * from "./identity.ts";
export * from "./keys.ts";
export * from "./log.ts";
export * from "./orgs.ts";
export * from "./throttle.ts";
export * from "./work.ts";
export * from "./mail.ts";
