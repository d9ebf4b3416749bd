export { startTestServer, TestServerError } from "./start-test-server.ts";
export type { TestServer, TestServerOptions } from "./start-test-server.ts";
export { signUpPerson } from "./person.ts";
export type { TestPerson } from "./person.ts";
