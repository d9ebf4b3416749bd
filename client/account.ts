import { refusal } from "./errors.ts";

/** Whoever is signed in, from one sign-in to the next. */
export class Account {
  readonly #ask: () => Promise<string>;
  #id: Promise<string> | undefined;
  #isOver = false;

  /** `ask` asks the server who is signed in, for when sign-in has not told. */
  constructor(ask: () => Promise<string>, id?: string) {
    this.#ask = ask;
    if (id !== undefined) this.#id = Promise.resolve(id);
  }

  /** Fails as calls do, and is asked for again then; with ACCOUNT_CHANGED when nobody will know any more. */
  readonly id = (): Promise<string> => {
    this.#id ??= this.#find();
    return this.#id;
  };

  /** Somebody else is signed in from now on. */
  end(): void {
    this.#isOver = true;
  }

  async #find(): Promise<string> {
    try {
      const id = await this.#ask();
      // It may be the next one whom the server has told of.
      if (this.#isOver) throw refusal("ACCOUNT_CHANGED");
      return id;
    } catch (error) {
      this.#id = undefined;
      throw this.#isOver ? refusal("ACCOUNT_CHANGED") : error;
    }
  }
}
