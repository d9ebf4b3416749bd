import { z } from "zod";
import { publicProcedure, recentProcedure, router, userProcedure } from "../../core/trpc.ts";
import { Identities, Providers, StartTrip, TripStarted, UnlinkIdentity } from "./identities.contract.ts";
import { listIdentities, unlinkIdentity } from "./identities.service.ts";
import { startTrip } from "./provider-sign-in.service.ts";

export const identitiesRouter = router({
  /** The providers that people may sign in by here, for the page that they sign in on. */
  providers: publicProcedure
    .output(Providers)
    .query(({ ctx }) => ({ items: ctx.app.providers.map(({ id, name }) => ({ id, name })) })),

  /**
   * Where the browser goes to sign in by a provider. It comes back to `returnTo` with the cookie of a session, or to
   * `/sign-in`, with `ticket` or `error` behind `#`. Fails: PROVIDER_NOT_FOUND, PROVIDER_UNAVAILABLE, TRANSPORT_UNSUPPORTED.
   */
  signIn: publicProcedure
    .input(StartTrip)
    .output(TripStarted)
    .mutation(({ ctx, input }) => startTrip(ctx, "sign-in", input)),

  /** Where the browser goes to prove again who is signed in, instead of `auth.reauthenticate`. Fails as `signIn`. */
  reauthenticate: userProcedure
    .input(StartTrip)
    .output(TripStarted)
    .mutation(({ ctx, input }) => startTrip(ctx, "reauthenticate", input)),

  /** Where the browser goes to link an identity at a provider to the caller's account. Fails as `signIn`; REAUTHENTICATION_REQUIRED. */
  link: recentProcedure
    .input(StartTrip)
    .output(TripStarted)
    .mutation(({ ctx, input }) => startTrip(ctx, "link", input)),

  /** What the caller signs in with: their identities at providers, and whether there is a password. */
  list: userProcedure.output(Identities).query(({ ctx }) => listIdentities(ctx.app, ctx.user)),

  /**
   * Unlinks an identity of the caller, and ends all their sessions but this one.
   * Fails: IDENTITY_NOT_FOUND, LAST_WAY_IN, REAUTHENTICATION_REQUIRED.
   */
  unlink: recentProcedure
    .input(UnlinkIdentity)
    .output(z.null())
    .mutation(({ ctx, input }) => unlinkIdentity(ctx.app, ctx, input)),
});
