import { useInfiniteQuery } from "@tanstack/react-query";
import { useTrestle } from "../../../../client/react/index.ts";
import { transferTexts } from "../../texts/transfer.ts";
import { saysOf } from "../../ui/form.tsx";
import { MoreButton } from "../../ui/more-button.tsx";
import { Section } from "../../ui/section.tsx";
import { Trouble } from "../../ui/trouble.tsx";
import { PAGES } from "../../ui/pages.ts";

/** The rows of an import that were not taken, and why. */
export function RefusedRows({ orgId, importId }: { orgId: string; importId: string }) {
  const { imports } = useTrestle();
  const rows = useInfiniteQuery({
    queryKey: ["refused-rows", importId],
    ...PAGES,
    queryFn: ({ pageParam }) =>
      imports.rows.query({ orgId, importId, outcome: "refused", cursor: pageParam, limit: 50 }),
  });
  return (
    <Section title={transferTexts.refusedRows}>
      <ul className="flex flex-col gap-1">
        {rows.data?.pages
          .flatMap(({ items }) => items)
          .map(({ row, says }) => (
            <li key={row}>
              {transferTexts.row} {row.toLocaleString()}: {says}
            </li>
          ))}
      </ul>
      <MoreButton {...rows} />
      <Trouble says={rows.error ? saysOf(rows.error) : undefined} />
      <a href={`/imports/${importId}/refused.csv`} download className="self-start text-accent underline">
        {transferTexts.refusedTable}
      </a>
    </Section>
  );
}
