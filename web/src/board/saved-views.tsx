import { useState } from "react";
import type { Snapshot } from "../../../client/index.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { later } from "../ui/later.tsx";
import type { Look, SetLook } from "./look.ts";

const SavedViewsList = later("saved-views", async () => (await import("./saved-views-list.tsx")).SavedViewsList);

interface Props {
  readonly state: Snapshot;
  readonly look: Look;
  readonly setLook: SetLook;
}

/** Ways to look at a board that were saved, behind a button. */
export function SavedViews(props: Props) {
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <>
      <Button look="quiet" onClick={() => setOpen(true)}>
        {texts.list.saved}
      </Button>
      {isOpen && (
        <Dialog label={texts.list.savedTitle} onClose={close}>
          <SavedViewsList {...props} onClose={close} />
        </Dialog>
      )}
    </>
  );
}
