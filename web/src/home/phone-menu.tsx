import { type ReactNode, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";

/** What a phone has no room for, behind a button. It closes when it has led somewhere. */
export function PhoneMenu({ children }: { children: ReactNode }) {
  const [place] = useLocation();
  const here = `${place}?${useSearch()}`;
  const [openAt, setOpenAt] = useState<string>();
  const close = () => setOpenAt(undefined);
  return (
    <>
      <Button look="quiet" aria-label={texts.home.menu} aria-haspopup="dialog" onClick={() => setOpenAt(here)}>
        ⋯
      </Button>
      {openAt === here && (
        <Dialog label={texts.home.menu} onClose={close}>
          <div className="flex flex-col items-start gap-3 [&>button]:-ml-3">{children}</div>
          <div className="mt-4 flex justify-end">
            <Button onClick={close}>{texts.close}</Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
