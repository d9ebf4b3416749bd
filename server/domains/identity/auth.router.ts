import { z } from "zod";
import { publicProcedure, router, userProcedure } from "../../core/trpc.ts";
import { Me, Reauthenticate, RequestSignUp, SignedIn, SignIn, SignUp } from "./auth.contract.ts";
import { getMe, reauthenticate, requestSignUp, signIn, signOut, signUp } from "./auth.service.ts";

export const authRouter = router({
  /** Mails a code for `signUp`. Who has an account with that address is told so by the mail, and nobody else is. Fails: TRIES_TOO_MANY. */
  requestSignUp: publicProcedure
    .input(RequestSignUp)
    .output(z.null())
    .mutation(({ ctx, input }) => requestSignUp(ctx.app, ctx.request, input)),

  /**
   * Creates an account and signs it in.
   * Fails: EMAIL_TAKEN, EMAIL_CODE_WRONG, PASSWORD_GUESSABLE, TRIES_TOO_MANY, TRANSPORT_UNSUPPORTED.
   */
  signUp: publicProcedure
    .input(SignUp)
    .output(SignedIn)
    .mutation(({ ctx, input }) => signUp(ctx.app, ctx.request, input)),

  /** Begins a session. Fails: CREDENTIALS_WRONG, TRIES_TOO_MANY, TRANSPORT_UNSUPPORTED. */
  signIn: publicProcedure
    .input(SignIn)
    .output(SignedIn)
    .mutation(({ ctx, input }) => signIn(ctx.app, ctx.request, input)),

  /** Ends the session of the request and closes its sockets. Public, so that an ended session can clear its cookie. */
  signOut: publicProcedure.output(z.null()).mutation(({ ctx }) => signOut(ctx)),

  /** Proves again who is signed in, before they change what they sign in with. Fails: PASSWORD_WRONG, TRIES_TOO_MANY. */
  reauthenticate: userProcedure
    .input(Reauthenticate)
    .output(z.null())
    .mutation(({ ctx, input }) => reauthenticate(ctx.app, ctx, input)),

  /** Who is signed in, and their organisations. */
  me: userProcedure
    .meta({ action: "user", byKey: true })
    .output(Me)
    .query(({ ctx }) => getMe(ctx.db, ctx.user, ctx.session.key)),
});
