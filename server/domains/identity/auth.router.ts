import { z } from "zod";
import { publicProcedure, router, userProcedure } from "../../core/trpc.ts";
import {
  Me,
  PasskeyChallenge,
  Reauthenticate,
  Renewed,
  RequestChallenge,
  RequestSignUp,
  SignedIn,
  SignIn,
  SignInAnswer,
  SignInWithCode,
  SignInWithPasskey,
  SignUp,
} from "./auth.contract.ts";
import { getMe, reauthenticate, requestSignUp, signIn, signOut, signUp } from "./auth.service.ts";
import { RequestOptions } from "./passkeys.contract.ts";
import { requestAssertion, requestReassertion, signInWithCode, signInWithPasskey } from "./second-step.service.ts";

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
    .mutation(({ ctx, input }) => signUp(ctx, input)),

  /**
   * Begins a session; for an account with a second factor it answers a ticket instead, which one of the next three takes.
   * Fails: CREDENTIALS_WRONG, TRIES_TOO_MANY, TRANSPORT_UNSUPPORTED.
   */
  signIn: publicProcedure
    .input(SignIn)
    .output(SignInAnswer)
    .mutation(({ ctx, input }) => signIn(ctx, input)),

  /** A challenge for a passkey, good for five minutes: to sign in by it alone, or after the password. Fails: SIGN_IN_EXPIRED. */
  passkeyChallenge: publicProcedure
    .input(RequestChallenge)
    .output(PasskeyChallenge)
    .mutation(({ ctx, input }) => requestAssertion(ctx.app, input)),

  /** Begins a session by a passkey, alone or after the password. Fails: PASSKEY_WRONG, SIGN_IN_EXPIRED, TRANSPORT_UNSUPPORTED. */
  signInWithPasskey: publicProcedure
    .input(SignInWithPasskey)
    .output(SignedIn)
    .mutation(({ ctx, input }) => signInWithPasskey(ctx, input)),

  /**
   * Begins a session by a code of an authenticator app or a recovery code, after the password.
   * Fails: CODE_WRONG, CODES_TOO_MANY, SIGN_IN_EXPIRED, TRANSPORT_UNSUPPORTED.
   */
  signInWithCode: publicProcedure
    .input(SignInWithCode)
    .output(SignedIn)
    .mutation(({ ctx, input }) => signInWithCode(ctx, input)),

  /** Ends the session of the request and closes its sockets. Public, so that an ended session can clear its cookie. */
  signOut: publicProcedure.output(z.null()).mutation(({ ctx }) => signOut(ctx)),

  /** A challenge for a passkey of the caller, for `reauthenticate`. */
  reauthenticationChallenge: userProcedure
    .output(RequestOptions)
    .mutation(({ ctx }) => requestReassertion(ctx.app, ctx)),

  /**
   * Proves again who is signed in, before they change what they sign in with: by all that signing in asks for. The
   * session has another token from then on; the one before is good for ten seconds more.
   * Fails: PASSWORD_WRONG, TRIES_TOO_MANY, CODE_REQUIRED, CODE_WRONG, CODES_TOO_MANY, PASSKEY_WRONG,
   * TRANSPORT_UNSUPPORTED.
   */
  reauthenticate: userProcedure
    .input(Reauthenticate)
    .output(Renewed)
    .mutation(({ ctx, input }) => reauthenticate(ctx.app, ctx, input)),

  /** Who is signed in, and their organisations. */
  me: userProcedure
    .meta({ action: "user", byKey: true })
    .output(Me)
    .query(({ ctx }) => getMe(ctx.db, ctx.user, ctx.session.key)),
});
