import { check, index, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant, oneOf } from "../columns.ts";
import { TRIP_PURPOSES, type TripPurpose } from "../enums.ts";
import { ofUser } from "../walls.ts";
import { appUser } from "./identity.ts";

/** Who somebody is elsewhere: a subject of an issuer of OpenID Connect, which signs in to this account alone. */
export const identity = pgTable(
  "identity",
  {
    id: id().primaryKey(),
    userId: id("user_id")
      .notNull()
      .references(() => appUser.id, { onDelete: "cascade" }),
    issuer: text("issuer").notNull(),
    subject: text("subject").notNull(),
    /** What the issuer said when it was linked, for its owner to tell it from others; nothing is decided by it. */
    email: text("email"),
    createdAt: instant("created_at").notNull(),
    lastUsedAt: instant("last_used_at"),
  },
  (t) => [uniqueIndex("identity_subject").on(t.issuer, t.subject), index("identity_user").on(t.userId), ...ofUser()],
);

/** A trip of a browser to a provider and back, which ends once. Nothing of it can be had from its row but its end. */
export const providerTrip = pgTable(
  "provider_trip",
  {
    /** SHA-256, in hex, of what the provider sends back, and of what the browser keeps in a cookie. */
    stateHash: text("state_hash").primaryKey(),
    browserHash: text("browser_hash").notNull(),
    providerId: text("provider_id").notNull(),
    purpose: text("purpose").$type<TripPurpose>().notNull(),
    /** The session that wants it, by its public id; null: it is to sign in. */
    sessionId: id("session_id"),
    userId: id("user_id").references(() => appUser.id, { onDelete: "cascade" }),
    /** A path of the front end. */
    returnTo: text("return_to").notNull(),
    createdAt: instant("created_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
  },
  (t) => [
    check("provider_trip_purpose", oneOf("purpose", TRIP_PURPOSES)),
    index("provider_trip_user").on(t.userId),
    index("provider_trip_expires").on(t.expiresAt),
  ],
);
