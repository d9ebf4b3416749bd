export { serveTabs } from "./serve-tabs.ts";
export { socketOfTabs } from "./tab-socket.ts";
