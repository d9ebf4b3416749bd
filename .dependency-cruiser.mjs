// "Imports point down": main → app → router → *.router → *.service → core → db, and the leaves that a browser may load.
// Each rule below has one deliberate violation in test/architecture/violations, a tree of the same shape, and
// test/architecture/dependencies.test.ts fails for a rule that no violation trips. Paths are relative to the tree's root.

import { Visitor } from "@swc/core/Visitor.js";

/** Leaves import zod and each other, so that a browser may load them. */
const LEAVES = [
  "^server/(policy|errors|events|audited|costs|ordered-rows|days|encrypted-columns)\\.ts$",
  "^server/.+\\.contract\\.ts$",
  "^server/domains/work/(blockers|bulk-rules|card-changes|column-settings|evolve|evolve-attachments|evolve-checklists|evolve-comments|family|field-values|recurrence-rule|task-dates|transition-rules)\\.ts$",
  "^server/domains/work/filters/(filter|filter-dates|filter-fields|match-filter|parse-filter)\\.ts$",
  "^server/domains/(orgs/evolve-org|home/evolve-inbox)\\.ts$",
  "^db/enums\\.ts$",
];
/** Those of them that a client runs, and does not only name in types. */
const RUN_BY_CLIENTS = [
  "^server/domains/work/(evolve|family|blockers|field-values|task-dates)[^/.]*\\.ts$",
  "^server/domains/(orgs/evolve-org|home/evolve-inbox)\\.ts$",
];
/** What ships. Tests, benches and scripts may import anything from it. */
const PRODUCTION = "^(server|db|client)/";
const CLIENT_BUILD = "^client/build\\.ts$";
const CLIENT_REACT = "^client/react/";
const CLIENT_QUERY = "^client/query/";
const CLIENT_TESTING = "^client/testing/";

/** A package by name, wherever node_modules is. */
function packages(...names) {
  return `(^|/)node_modules/(${names.join("|")})/`;
}

// swc's visitor, which dependency-cruiser extends, throws at a `using` declaration (1.16.22).
const { visitStatement } = Visitor.prototype;
Visitor.prototype.visitStatement = function visitStatementOrUsing(statement) {
  if (statement.type !== "UsingDeclaration") return visitStatement.call(this, statement);
  return { ...statement, decls: this.visitVariableDeclarators(statement.decls) };
};

/** @type {import("dependency-cruiser").IFlattenedRuleSet["forbidden"]} */
const forbidden = [
  // The layers, from the top.
  {
    name: "main-is-the-top",
    comment: "main.ts has the top-level effects: whoever imports it starts a server.",
    from: {},
    to: { path: "^server/main\\.ts$" },
  },
  {
    name: "only-main-starts-the-app",
    from: { path: PRODUCTION, pathNot: "^server/main\\.ts$" },
    to: { path: "^server/app\\.ts$" },
  },
  {
    name: "the-app-is-above-domains-and-core",
    comment: "What lies directly in server/ puts the server together, but for the leaves.",
    from: { path: "^server/(domains|core)/" },
    to: { path: "^server/(?:[^/]+\\.ts$|api/)", pathNot: [...LEAVES, "^server/(main|app)\\.ts$"] },
  },
  {
    name: "only-the-router-mounts-routers",
    from: { path: PRODUCTION, pathNot: ["^server/router\\.ts$", "\\.service\\.ts$"] },
    to: { path: "^server/.+\\.router\\.ts$" },
  },
  {
    name: "services-import-no-router",
    comment: "A service may call another domain's service, never a router.",
    from: { path: "\\.service\\.ts$" },
    to: { path: "^server/.+\\.router\\.ts$" },
  },
  {
    name: "services-know-no-transport",
    comment: "Services throw AppError; what that is on the wire is decided in core.",
    from: { path: "\\.service\\.ts$" },
    to: { path: packages("@trpc/[^/]+", "ws", "superjson") },
  },
  {
    name: "routers-run-no-queries",
    comment: "A router says who and what, the service says how.",
    from: { path: ["^server/router\\.ts$", "^server/.+\\.router\\.ts$"] },
    to: { path: ["^db/", packages("drizzle-orm", "postgres")], pathNot: LEAVES },
  },
  {
    name: "core-knows-no-domain",
    from: { path: "^server/core/" },
    to: { path: "^server/domains/" },
  },
  {
    name: "db-is-the-bottom",
    from: { path: "^db/" },
    to: { path: "^server/", pathNot: LEAVES },
  },

  // The leaves and the client.
  {
    name: "leaves-import-zod-and-leaves",
    from: { path: LEAVES },
    to: { pathNot: [...LEAVES, packages("zod", "@trpc/server")] },
  },
  {
    name: "leaves-see-trpc-as-types",
    comment: "errors.ts names tRPC's codes; a type costs a browser nothing.",
    from: { path: LEAVES },
    to: { path: packages("@trpc/server"), dependencyTypesNot: ["type-only"] },
  },
  {
    name: "client-sees-leaves-and-the-router",
    from: { path: "^client/" },
    to: { path: "^(server|db)/", pathNot: [...LEAVES, "^server/router\\.ts$"] },
  },
  {
    name: "client-sees-the-router-as-a-type",
    from: { path: "^client/" },
    to: { path: "^server/router\\.ts$", dependencyTypesNot: ["type-only"] },
  },
  {
    name: "what-a-browser-runs-needs-no-zod",
    comment: "Contracts are schemas: a value of one of them brings zod, which is larger than all the rest of a client.",
    from: { path: ["^client/", ...RUN_BY_CLIENTS] },
    to: { path: ["\\.contract\\.ts$", packages("zod")], dependencyTypesNot: ["type-only"] },
  },
  {
    name: "client-stands-on-three-packages",
    comment: "It runs in a browser, and whoever installs it gets nothing else: no Node modules either.",
    from: { path: "^client/", pathNot: [CLIENT_BUILD, CLIENT_REACT, CLIENT_QUERY, CLIENT_TESTING] },
    to: { dependencyTypesNot: ["local"], pathNot: packages("@trpc/client", "@trpc/server", "superjson") },
  },
  {
    name: "hooks-stand-on-react",
    from: { path: CLIENT_REACT },
    to: { dependencyTypesNot: ["local"], pathNot: packages("react", "@types/react") },
  },
  {
    name: "options-stand-on-tanstack-query",
    comment: "And on tRPC's options for it, which the build puts into the package.",
    from: { path: CLIENT_QUERY },
    to: {
      dependencyTypesNot: ["local"],
      pathNot: packages("react", "@types/react", "@tanstack/react-query", "@trpc/tanstack-react-query"),
    },
  },
  {
    name: "the-test-server-stands-on-node",
    comment: "It starts a server that lies elsewhere, and brings nothing of it.",
    from: { path: CLIENT_TESTING },
    to: { dependencyTypesNot: ["local", "core"] },
  },
  {
    name: "clients-start-no-test-server",
    from: { path: ["^client/", "^web/"], pathNot: CLIENT_TESTING },
    to: { path: CLIENT_TESTING },
  },
  {
    name: "the-page-uses-the-client-alone",
    comment: "Its code is what others copy from: whatever it needs, the public client has.",
    from: { path: "^web/" },
    to: { path: "^(server|db|client|scripts)/", pathNot: "^client/((react|tabs)/)?index\\.ts$" },
  },
  {
    name: "server-knows-no-client",
    from: { path: "^(server|db)/" },
    to: { path: "^client/" },
  },

  // Everywhere.
  {
    name: "no-cycles",
    comment: "Cycles of types too: two files that need each other's types are about one thing.",
    from: {},
    to: { circular: true },
  },
  {
    name: "no-barrels",
    comment: "An index.ts that re-exports makes every import an import of everything.",
    from: {
      path: "(^|/)index\\.ts$",
      pathNot: ["^db/schema/index\\.ts$", "^client/((react|query|tabs|testing)/)?index\\.ts$"],
    },
    to: {},
  },
  {
    name: "one-door-to-lucia",
    from: { pathNot: "^server/domains/identity/lucia\\.ts$" },
    to: { path: packages("lucia") },
  },
  {
    name: "production-sees-no-tests",
    from: { path: PRODUCTION },
    to: { path: "^(test|bench|scripts)/" },
  },
  {
    name: "production-sees-no-dev-packages",
    from: { path: PRODUCTION, pathNot: [CLIENT_BUILD, CLIENT_REACT, CLIENT_QUERY] },
    to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["npm"] },
  },
  {
    name: "packages-are-declared",
    comment: "A package that another one happens to bring is gone with that one's next release.",
    from: { pathNot: CLIENT_BUILD },
    to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
  },
  {
    name: "imports-resolve",
    comment: "What is not found is not checked either.",
    from: {},
    to: { couldNotResolve: true },
  },
].map((rule) => ({ severity: "error", ...rule }));

export default {
  forbidden,
  options: {
    // TypeScript 7 has no API for dependency-cruiser: with the default parser it reads 0 modules and passes.
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    // Anchored: an unanchored "dist/" takes most packages out of sight, and with them every rule about a package.
    exclude: { path: ["^test/architecture/violations/", "^client/dist/", "^web/dist/"] },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
