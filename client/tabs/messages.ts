// What a tab and the worker tell each other, besides the frames of tRPC's protocol, which are texts.

/** What a tab tells the worker, by the port that all of them share; another port for the socket that it wants comes with it. */
export interface Dial {
  /** Where to. */
  readonly url: string;
  /** A lock (`navigator.locks`) that the tab holds for as long as it has the socket: browsers do not say that a tab is gone. */
  readonly lock: string;
}

/** What the tab says of its socket: so many characters were taken, or that it is done with. */
export type FromTab = string | { readonly took: number } | { readonly isClosed: true };

/** What the worker says of it: first of all that it has heard. */
export type ToTab =
  | string
  | { readonly isHeard: true }
  | { readonly isOpen: true }
  | { readonly code: number; readonly reason: string };

/** The first frame of a socket whose session is a cookie. */
export const HELLO = JSON.stringify({ method: "connectionParams", data: {} });
