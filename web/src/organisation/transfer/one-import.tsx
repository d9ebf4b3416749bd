import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { type Import, type ImportReport, kindSays } from "../../../../client/index.ts";
import { useInbox, useTrestle } from "../../../../client/react/index.ts";
import { transferTexts } from "../../texts/transfer.ts";
import { saysOf } from "../../ui/form.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Section } from "../../ui/section.tsx";
import { Trouble } from "../../ui/trouble.tsx";
import { Named } from "./named.tsx";
import { RefusedRows } from "./refused-rows.tsx";
import { TablePreview } from "./table-preview.tsx";

/** An import: what a table would become until it is started, and what came of it then. */
export function OneImport({ orgId, importId }: { orgId: string; importId: string }) {
  const { imports } = useTrestle();
  const states = useInbox()
    ?.operations.map(({ state }) => state)
    .join();
  const { data, error, refetch } = useQuery({
    queryKey: ["import", importId, states],
    placeholderData: keepPreviousData,
    queryFn: () => imports.get.query({ orgId, importId }),
  });
  if (error) return <Trouble says={saysOf(error)} />;
  if (!data) return <Loading />;
  return (
    <Section title={data.fileName} level={2}>
      {data.errorKind !== null && (
        <p role="alert" className="text-danger">
          {transferTexts.failed}: {kindSays(data.errorKind)}
        </p>
      )}
      {data.state === "received" ? (
        <TablePreview found={data} onStarted={() => void refetch()} />
      ) : (
        <Outcome found={data} />
      )}
    </Section>
  );
}

function Outcome({ found }: { found: Import }) {
  const { state, boardId, report } = found;
  if (state === "importing") return <p role="status">{transferTexts.states.running}</p>;
  if (!report) return null;
  return (
    <>
      <Report report={report} />
      {(report.refused ?? 0) > 0 && <RefusedRows orgId={found.orgId} importId={found.id} />}
      {boardId !== null && (
        <Link href={`/boards/${boardId}`} className="self-start text-accent underline">
          {transferTexts.toBoard}
        </Link>
      )}
    </>
  );
}

function Report({ report }: { report: ImportReport }) {
  const { created, unchanged, refused = 0, differsCount, unmatchedMembers, notMapped } = report;
  return (
    <>
      <div role="status">
        <ul className="flex flex-wrap gap-x-4">
          <li>{transferTexts.created(created.tasks)}</li>
          <li>{transferTexts.unchanged(unchanged.tasks)}</li>
          {refused > 0 && <li className="text-danger">{transferTexts.refused(refused)}</li>}
          {differsCount > 0 && <li>{transferTexts.differs(differsCount)}</li>}
        </ul>
      </div>
      <Named title={transferTexts.unknownPeople} names={unmatchedMembers} />
      <Named
        title={transferTexts.notMapped}
        names={notMapped.map(({ what, count }) => `${count.toLocaleString()} ${what}`)}
      />
    </>
  );
}
