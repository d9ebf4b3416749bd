// breaks: server-knows-no-client
export { LiveBoard } from "../../client/live-board.ts";
