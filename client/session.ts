import type { TRPCLink } from "@trpc/client";
import { tap } from "@trpc/server/observable";
import type { AppRouter } from "../server/router.ts";
import { errorKind } from "./errors.ts";

/** The bearer token, in memory only. Browsers have none: their session is a cookie that no script can read. */
export interface Session {
  token: string | undefined;
}

/**
 * Watches sign-in, sign-up and sign-out go by: asks for a token where there are no cookies, keeps and forgets it, and
 * says when the one who is signed in became another.
 */
export function sessionLink(session: Session, onChange: () => void): TRPCLink<AppRouter> {
  function become(token: string | undefined): void {
    session.token = token;
    onChange();
  }
  return () =>
    ({ op, next }) => {
      switch (op.path) {
        case "auth.signIn":
        case "auth.signUp":
          return next({ ...op, input: withTransport(op.input) }).pipe(
            tap({
              next: ({ result }) => {
                if ("data" in result) become(tokenOf(result.data));
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
