import { lazy, Suspense, useState } from "react";
import type { Snapshot } from "../../../client/index.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import type { Look, SetLook } from "./look.ts";

const SavedViewsDialog = lazy(async () => ({ default: (await import("./saved-views-dialog.tsx")).SavedViewsDialog }));

interface Props {
  readonly state: Snapshot;
  readonly look: Look;
  readonly setLook: SetLook;
}

/** Ways to look at a board that were saved, behind a button. */
export function SavedViews(props: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button look="quiet" onClick={() => setOpen(true)}>
        {texts.list.saved}
      </Button>
      {isOpen && (
        <Suspense>
          <SavedViewsDialog {...props} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
