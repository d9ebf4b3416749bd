// breaks: only-main-starts-the-app
export { createApp } from "./app.ts";
