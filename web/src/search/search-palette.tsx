import { useEffect, useState } from "react";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icon.tsx";
import { later } from "../ui/later.tsx";

const Palette = later("palette", async () => (await import("./palette.tsx")).Palette);

/** Opens by Ctrl-K or ⌘K, from everywhere. */
export function SearchPalette() {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      setOpen(true);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <>
      <Button look="quiet" onClick={() => setOpen(true)} aria-keyshortcuts="Control+K Meta+K">
        <Icon name="search" />
        <span className="sr-only sm:not-sr-only">{texts.search.open}</span>
      </Button>
      {isOpen && (
        <Dialog label={texts.search.title} onClose={() => setOpen(false)}>
          <Palette onClose={() => setOpen(false)} />
        </Dialog>
      )}
    </>
  );
}
