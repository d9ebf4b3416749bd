// breaks: the-page-uses-the-client-alone
export { LiveBoard } from "../client/live-board.ts";
