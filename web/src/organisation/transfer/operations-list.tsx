import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { kindSays, type Operation } from "../../../../client/index.ts";
import { useInbox, useTrestle } from "../../../../client/react/index.ts";
import { shownInstant, texts } from "../../texts.ts";
import { transferTexts } from "../../texts/transfer.ts";
import { Button } from "../../ui/button.tsx";
import { saysOf } from "../../ui/form.tsx";
import { Section } from "../../ui/section.tsx";
import { Trouble } from "../../ui/trouble.tsx";

interface Props {
  readonly orgId: string;
  readonly onReport: (importId: string) => void;
}

/** One's own imports and exports in an organisation, live: they go on wherever one goes. */
export function OperationsList({ orgId, onReport }: Props) {
  const home = useInbox();
  const own = (home?.operations ?? [])
    .filter((operation) => operation.orgId === orgId)
    .toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  return (
    <Section title={transferTexts.work} level={2}>
      {home && own.length === 0 && <p className="text-quiet">{transferTexts.noWork}</p>}
      <ul className="flex flex-col gap-2">
        {own.map((operation) => (
          <li key={operation.id} className="flex flex-col gap-2 rounded-md border border-line bg-surface p-3">
            <OneOperation operation={operation} onReport={onReport} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function OneOperation({ operation, onReport }: { operation: Operation; onReport: Props["onReport"] }) {
  const { operations } = useTrestle();
  const [trouble, setTrouble] = useState<string>();
  const { id, kind, state, done, total, errorKind, createdAt, finishedAt } = operation;
  const name = transferTexts.kinds[kind];
  const cancel = () => {
    operations.cancel.mutate({ operationId: id }).catch((error: unknown) => setTrouble(saysOf(error)));
  };
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-medium">{name}</span>
        <span role="status" className={state === "failed" ? "text-danger" : "text-quiet"}>
          {transferTexts.states[state]}
        </span>
        <span className="text-sm text-quiet">{shownInstant(finishedAt ?? createdAt)}</span>
        {finishedAt === null && (
          <Button
            disabled={state === "cancelling"}
            className="ml-auto"
            aria-label={transferTexts.cancel(name)}
            onClick={cancel}
          >
            {texts.cancel}
          </Button>
        )}
      </div>
      {finishedAt === null && (
        <progress
          aria-label={transferTexts.progress(name)}
          {...(total !== null && { value: done, max: Math.max(1, total) })}
          className="h-2 w-full accent-accent"
        />
      )}
      {errorKind !== null && <p className="text-danger">{kindSays(errorKind)}</p>}
      {state === "done" && <Result operation={operation} onReport={onReport} />}
      <Trouble says={trouble} />
    </>
  );
}

/** What an operation that is done has left. */
function Result({ operation, onReport }: { operation: Operation; onReport: Props["onReport"] }) {
  const { operations } = useTrestle();
  const { data } = useQuery({
    queryKey: ["operation", operation.id],
    staleTime: Infinity,
    queryFn: () => operations.get.query({ operationId: operation.id }),
  });
  const { downloadUrl, importId, boardId, boardIds } = data?.result ?? {};
  const boards = [boardId, boardIds].flat().filter((id) => typeof id === "string");
  return (
    <p className="flex flex-wrap gap-x-4 gap-y-1">
      {typeof downloadUrl === "string" && (
        <a href={downloadUrl} download className="text-accent underline">
          {transferTexts.download}
        </a>
      )}
      {boards.map((id, index) => (
        <Link key={id} href={`/boards/${id}`} className="text-accent underline">
          {boards.length === 1 ? transferTexts.toBoard : transferTexts.boardNumber(index + 1)}
        </Link>
      ))}
      {typeof importId === "string" && (
        <button type="button" className="text-accent underline" onClick={() => onReport(importId)}>
          {transferTexts.report}
        </button>
      )}
    </p>
  );
}
