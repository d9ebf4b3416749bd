// breaks: clients-start-no-test-server
export { z } from "./testing/start-test-server.ts";
