// breaks: production-sees-no-dev-packages
export { expect } from "vitest";
