import { preloadBoard } from "../../client/react/index.ts";
import { accessQuery } from "./board/access-query.ts";
import { meQuery } from "./session/me-query.ts";
import { queries, trestle } from "./trestle.ts";

// What the first screen shows is asked for before the rest of the page is run: the answers come meanwhile. Whatever is refused,
// the screen asks for again, and says.

/** By then the board is shown, or something else is. */
const KEPT_MS = 30_000;

if (!/^\/(?:sign-|forgot-|reset-)/u.test(location.pathname)) void queries.prefetchQuery(meQuery(trestle));
const boardId = /^\/boards\/(?<boardId>[\da-f-]{36})(?:\/|$)/u.exec(location.pathname)?.groups?.["boardId"];
if (boardId !== undefined) {
  void queries.prefetchQuery(accessQuery(trestle, boardId, "open"));
  setTimeout(preloadBoard(trestle, boardId), KEPT_MS);
}
