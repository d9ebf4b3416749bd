import { transferTexts } from "../../texts/transfer.ts";

const MOST_NAMED = 50;

/** Some names below a title; nothing where there are none. */
export function Named({ title, names }: { title: string; names: readonly string[] }) {
  if (names.length === 0) return null;
  const more = names.length - MOST_NAMED;
  return (
    <p className="text-quiet wrap-anywhere">
      {title}: {names.slice(0, MOST_NAMED).join(", ")}
      {more > 0 && ` ${transferTexts.andMore(more)}`}
    </p>
  );
}
