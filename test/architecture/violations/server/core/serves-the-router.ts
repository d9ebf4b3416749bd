// breaks: the-app-is-above-domains-and-core
export { router } from "../router.ts";
