// breaks: the-test-server-stands-on-node
export { parse } from "superjson";
