import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Snapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { membersQuery } from "../home/org-queries.ts";
import { reportsTexts } from "../texts/reports.ts";
import { Wide } from "../ui/wide.tsx";
import type { Place } from "./period.ts";
import { Report } from "./report.tsx";

const COLUMNS = ["tasks", "started", "overdue", "points"] as const;

/** What each person has to do now. */
export function Load({ place, members }: { place: Place; members: Snapshot["members"] }) {
  const trestle = useTrestle();
  const query = useQuery({
    queryKey: ["reports.load", place],
    placeholderData: keepPreviousData,
    queryFn: () => trestle.reports.load.query({ ...place }),
  });
  const { data: all } = useQuery(membersQuery(trestle, place.orgId));
  const names = new Map([...(all?.items ?? []), ...members].map(({ userId, name }) => [userId, name]));
  const nameOf = (userId: string | null) =>
    userId === null ? reportsTexts.nobody : (names.get(userId) ?? reportsTexts.somebody);
  return (
    <Report title={reportsTexts.load} says={reportsTexts.loadSays} query={query}>
      {({ people }) => {
        if (people.length === 0) return <p>{reportsTexts.nothing}</p>;
        const most = Math.max(...people.map(({ tasks }) => tasks));
        return (
          <Wide label={reportsTexts.load}>
            <table className="w-full text-left text-sm">
              <thead>
                <tr className="text-quiet">
                  <th scope="col" className="py-1 pr-2 font-medium">
                    {reportsTexts.person}
                  </th>
                  {COLUMNS.map((column) => (
                    <th key={column} scope="col" className="px-2 py-1 text-right font-medium">
                      {reportsTexts[column]}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {people.map((person) => (
                  <tr key={person.userId ?? ""} className="border-t border-line">
                    <th scope="row" className="py-1 pr-2 font-normal wrap-anywhere">
                      {nameOf(person.userId)}
                      <span
                        aria-hidden="true"
                        className="mt-0.5 block h-1 rounded-full bg-chart-2"
                        style={{ width: `${(100 * person.tasks) / most}%` }}
                      />
                    </th>
                    {COLUMNS.map((column) => (
                      <td
                        key={column}
                        className={`px-2 py-1 text-right ${column === "overdue" && person.overdue > 0 ? "text-danger" : ""}`}
                      >
                        {person[column].toLocaleString()}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </Wide>
        );
      }}
    </Report>
  );
}
