import type { TRPCLink } from "@trpc/client";
import { tap } from "@trpc/server/observable";
import type { AppRouter } from "../server/router.ts";
import { Account } from "./account.ts";
import { errorKind } from "./errors.ts";

/** Who is signed in. The bearer token is in memory only; browsers have a cookie instead that no script can read. */
export class Session {
  readonly #ask: () => Promise<string>;
  token: string | undefined;
  account: Account;

  /** `ask` asks the server for the id of who is signed in. */
  constructor(token: string | undefined, ask: () => Promise<string>) {
    this.#ask = ask;
    this.token = token;
    this.account = new Account(ask);
  }

  become(token: string | undefined, userId?: string): void {
    this.account.end();
    this.token = token;
    this.account = new Account(this.#ask, userId);
  }
}

/**
 * Watches sign-in, sign-up and sign-out go by: asks for a token where there are no cookies, keeps and forgets it, and
 * says when the one who is signed in became another.
 */
export function sessionLink(session: Session, onChange: () => void): TRPCLink<AppRouter> {
  function become(token: string | undefined, userId?: string): void {
    session.become(token, userId);
    onChange();
  }
  return () =>
    ({ op, next }) => {
      switch (op.path) {
        case "auth.signIn":
        case "auth.signInWithCode":
        case "auth.signInWithPasskey":
        case "auth.signUp":
          return next({ ...op, input: withTransport(op.input) }).pipe(
            tap({
              next: ({ result }) => {
                if (!("data" in result)) return;
                const userId = userIdOf(result.data);
                // Without one a second factor is waited for: whoever was signed in still is.
                if (userId !== undefined) become(tokenOf(result.data), userId);
              },
            }),
          );
        case "auth.reauthenticate":
        case "passwords.change":
          return next(op).pipe(
            tap({
              next: ({ result }) => {
                if (!("data" in result)) return;
                // The same session, whose sockets go on: only what is asked from now on needs the new token.
                session.token = tokenOf(result.data) ?? session.token;
              },
            }),
          );
        case "auth.signOut":
          return next(op).pipe(
            tap({
              next: () => become(undefined),
              error: (error) => {
                // The session had ended already.
                if (errorKind(error) === "SIGN_IN_REQUIRED") become(undefined);
              },
            }),
          );
        default:
          return next(op);
      }
    };
}

function withTransport(input: unknown): unknown {
  const keepsCookies = "document" in globalThis;
  if (keepsCookies || typeof input !== "object" || input === null || "transport" in input) return input;
  return { ...input, transport: "token" };
}

function tokenOf(answer: unknown): string | undefined {
  if (typeof answer !== "object" || answer === null || !("token" in answer)) return undefined;
  return typeof answer.token === "string" ? answer.token : undefined;
}

function userIdOf(answer: unknown): string | undefined {
  if (typeof answer !== "object" || answer === null || !("user" in answer)) return undefined;
  const { user } = answer;
  if (typeof user !== "object" || user === null || !("id" in user)) return undefined;
  return typeof user.id === "string" ? user.id : undefined;
}
