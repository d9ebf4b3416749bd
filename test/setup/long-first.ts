import { join } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take longest, in that order: a worker that begins one of them last keeps the run waiting. */
const LONGEST = [
  "e2e/main",
  "web/board-page",
  "db/embedded",
  "simulation/simulation",
  "db/backup",
  "e2e/mail",
  "client/pack",
  "e2e/backup",
  "e2e/replay",
  "architecture/procedures",
  "work/locks",
  "work/model",
  "encryption/rotation",
  "work/import-trello",
  "http/direct-lane",
  "identity/same-answers",
  "live/fuzz",
  "e2e/planted-secrets",
  "live/faults",
  "db/tls",
  "live/wake-ups",
  "work/batches-model",
  "simulation/broken-parts",
  "identity/tries",
].map((name) => join(import.meta.dirname, "..", `${name}.test.ts`));

/** Begins with the longest files, everywhere: a fresh clone does not remember how long each took. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.indexOf(moduleId);
      return index < 0 ? LONGEST.length : index;
    };
    return files.toSorted((a, b) => place(a) - place(b));
  }
}
