// breaks: client-sees-the-router-as-a-type
export { router } from "../server/router.ts";
