import { once } from "../texts/once.ts";

/** The time zone of who looks. */
export const ownTimeZone = once(() => new Intl.DateTimeFormat().resolvedOptions().timeZone);
