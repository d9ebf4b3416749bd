import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./db/schema/index.ts",
  out: "./db/migrations",
  // Named by time, so that two branches never make the same number.
  migrations: { prefix: "timestamp" },
});
