// breaks: the-test-server-stands-on-node
export { z } from "zod";
