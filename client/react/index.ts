export { TrestleProvider, useTrestle } from "./provider.ts";
export { preloadBoard, useBoard } from "./use-board.ts";
export type { BoardView } from "./use-board.ts";
export { useInbox, useInboxEvents } from "./use-inbox.ts";
export { usePresence } from "./use-presence.ts";
export { useAttachments, useChecklists, useComments } from "./use-opened.ts";
