import { type ReactNode, useId } from "react";

interface Props {
  readonly title: string;
  /** Of its heading: 2 right below the title of a page. */
  readonly level?: 2 | 3;
  readonly children: ReactNode;
}

export function Section({ title, level = 3, children }: Props) {
  const id = useId();
  const Heading = level === 2 ? "h2" : "h3";
  return (
    <section aria-labelledby={id} className="flex flex-col gap-2">
      <Heading id={id} className="font-semibold">
        {title}
      </Heading>
      {children}
    </section>
  );
}
