import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { saysOf } from "../ui/form.tsx";
import { Loading } from "../ui/loading.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";

interface Props<Data> {
  readonly title: string;
  readonly says: string;
  readonly query: UseQueryResult<Data>;
  /** What there is to choose before it. */
  readonly above?: ReactNode;
  readonly children: (data: Data) => ReactNode;
}

/** A report: on its way, refused, or there. */
export function Report<Data>({ title, says, query: { data, error }, above, children }: Props<Data>) {
  return (
    <Section title={title} level={2}>
      <p className="text-quiet">{says}</p>
      {above}
      {data === undefined ? error ? <Trouble says={saysOf(error)} /> : <Loading /> : children(data)}
    </Section>
  );
}
