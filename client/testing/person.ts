import { createTrestle, type Trestle } from "../index.ts";

/** Somebody who is signed in. */
export interface TestPerson {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
  /** Of their session: `createTrestle({ url, token })` is another client of theirs. */
  readonly token: string;
  /** A client of theirs. Close it when the test is done. */
  readonly trestle: Trestle;
}

/** Makes an account that nobody else has on the server at this address, and signs in, whatever the test stands in for. */
export async function signUpPerson(url: string, name = "Somebody"): Promise<TestPerson> {
  const email = `somebody.${crypto.randomUUID()}@example.test`;
  const password = crypto.randomUUID();
  const trestle = createTrestle({ url });
  // Where a test has a document there is still no browser that would keep a cookie.
  const { user, token } = await trestle.auth.signUp.mutate({ name, email, password, transport: "token" });
  if (token === null) throw new Error("the server answered no token");
  return { id: user.id, name, email, password, token, trestle };
}
