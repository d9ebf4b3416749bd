// breaks: production-sees-no-tests
export { org } from "../../test/setup/org.ts";
