// breaks: packages-are-declared
export { createServer } from "vite";
