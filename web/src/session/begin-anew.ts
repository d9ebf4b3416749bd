/** Told to the other tabs of this browser. */
const channel = new BroadcastChannel("trestle-session");
channel.addEventListener("message", () => location.reload());

/**
 * Somebody else is signed in from now on, or nobody: the page begins anew at one of its places, and so it does in other
 * tabs. Of what was shown before nothing is left in memory, of boards and answers alike.
 */
export function beginAnew(place: string): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin
  channel.postMessage("changed");
  location.assign(place);
}

/** The sign-in, from where it goes on to a place of this page. */
export function signInFor(place: string): string {
  return `/sign-in?${new URLSearchParams({ to: place }).toString()}`;
}

/** Where a sign-in goes on to: a place of this page, wherever its address came from. */
export function placeAfterSignIn(search: string): string {
  const to = new URLSearchParams(search).get("to");
  return to !== null && /^\/(?![/\\])/u.test(to) ? to : "/";
}
