import { texts } from "../texts.ts";
import { Button } from "./button.tsx";

interface Props {
  /** Whether there is more than what is shown. */
  readonly hasNextPage: boolean;
  readonly fetchNextPage: () => Promise<unknown>;
}

/** The next page of a list, as long as there is one: takes what an infinite query answers. */
export function MoreButton({ hasNextPage, fetchNextPage }: Props) {
  if (!hasNextPage) return null;
  return (
    <Button className="self-start" onClick={() => void fetchNextPage()}>
      {texts.more}
    </Button>
  );
}
