// breaks: main-is-the-top
export { started } from "../server/main.ts";
