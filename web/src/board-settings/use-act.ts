import { useState } from "react";
import { errorFields } from "../../../client/index.ts";
import { saysOf } from "../ui/form.tsx";

/** Does something, and says why it was not done: what is wrong with what was entered, where it is that. */
export function useAct(): { act: (call: () => Promise<unknown>) => void; trouble: string | undefined } {
  const [trouble, setTrouble] = useState<string>();
  const act = (call: () => Promise<unknown>) => {
    setTrouble(undefined);
    call().catch((error: unknown) => setTrouble(Object.values(errorFields(error))[0] ?? saysOf(error)));
  };
  return { act, trouble };
}
