import { useEffect, useState } from "react";
import { Link } from "wouter";
import { useBoard } from "../../../client/react/index.ts";
import type { Snapshot } from "../../../client/index.ts";
import { TopBar } from "../home/top-bar.tsx";
import { texts } from "../texts.ts";
import { reportsTexts } from "../texts/reports.ts";
import { SelectField } from "../ui/field.tsx";
import { Loading } from "../ui/loading.tsx";
import { NotFound } from "../ui/not-found.tsx";
import { Burn } from "./burn.tsx";
import { Flow } from "./flow.tsx";
import { Load } from "./load.tsx";
import { periodOf, PERIODS, type Period } from "./period.ts";
import { Times } from "./times.tsx";

/** What the work on a board, or in its project, comes to in numbers. */
export function ReportsPage({ boardId }: { boardId: string }) {
  const { state, status } = useBoard(boardId);
  return (
    <>
      <TopBar />
      {status === "revoked" ? <NotFound /> : state ? <Reports state={state} /> : <Loading />}
    </>
  );
}

function Reports({ state: { board, members } }: { state: Snapshot }) {
  const [period, setPeriod] = useState<Period>(30);
  const [isProject, setProject] = useState(false);
  useEffect(() => {
    document.title = `${reportsTexts.title(board.name)} · ${texts.product}`;
  }, [board.name]);
  const { orgId, projectId } = board;
  const place = isProject ? { orgId, projectId } : { orgId, projectId, boardId: board.id };
  const asked = { ...place, ...periodOf(period) };
  return (
    <main className="mx-auto flex max-w-3xl flex-col gap-8 px-4 py-8">
      <div className="flex flex-wrap items-baseline gap-x-4">
        <h1 className="mr-auto text-xl font-semibold wrap-anywhere">{reportsTexts.title(board.name)}</h1>
        <Link href={`/boards/${board.id}`} className="text-accent underline">
          {reportsTexts.back}
        </Link>
      </div>
      <div className="grid gap-3 sm:grid-cols-2">
        <SelectField
          label={reportsTexts.period}
          value={period}
          onChange={(event) => setPeriod(PERIODS.find((days) => String(days) === event.target.value) ?? 30)}
        >
          {PERIODS.map((days) => (
            <option key={days} value={days}>
              {reportsTexts.periods[days]}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={reportsTexts.place}
          value={isProject ? "project" : "board"}
          onChange={(event) => setProject(event.target.value === "project")}
        >
          <option value="board">{reportsTexts.thisBoard}</option>
          <option value="project">{reportsTexts.wholeProject}</option>
        </SelectField>
      </div>
      <Flow asked={asked} />
      <Times asked={asked} />
      <Burn asked={asked} />
      <Load place={place} members={members} />
    </main>
  );
}
