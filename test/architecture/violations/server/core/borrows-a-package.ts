// breaks: packages-are-declared
export { transform } from "esbuild";
