import { useState } from "react";
import { saysOf } from "../ui/form.tsx";

/** Does something, and says why it was not done. */
export function useAct(): { act: (call: () => Promise<unknown>) => void; trouble: string | undefined } {
  const [trouble, setTrouble] = useState<string>();
  const act = (call: () => Promise<unknown>) => {
    setTrouble(undefined);
    call().catch((error: unknown) => setTrouble(saysOf(error)));
  };
  return { act, trouble };
}
