// breaks: clients-start-no-test-server
export { parse } from "./testing/start-test-server.ts";
