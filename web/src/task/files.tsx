import { useEffect, useEffectEvent, useState } from "react";
import type { Attachment } from "../../../client/index.ts";
import { useAttachments, useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { saysOf } from "../ui/form.tsx";
import type { TaskProps } from "./task-props.ts";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** A file on its way: how much of it is sent, from 0 to 1; undefined: it has not begun. */
interface Sending {
  readonly name: string;
  readonly sent: number | undefined;
  readonly stop: () => void;
}

/** The files of a task: chosen, dropped or pasted to add them. */
export function Files({ board, card, may, change }: TaskProps) {
  const trestle = useTrestle();
  const { boardId } = board;
  const taskId = card.id;
  const opened = useAttachments(board, taskId);
  const [sending, setSending] = useState<ReadonlyMap<symbol, Sending>>(new Map());
  const [failed, setFailed] = useState<string>();
  const canAdd = may("attachment:create");
  const send = async (file: File) => {
    const [id, { name }, stopping] = [Symbol(file.name), file, new AbortController()];
    const show = (sent?: number) =>
      setSending((all) => new Map(all).set(id, { name, sent, stop: () => stopping.abort() }));
    show();
    try {
      const onProgress = (bytes: number, of: number) => show(of === 0 ? 1 : bytes / of);
      await trestle.attach({ boardId, taskId, name }, file, { onProgress, signal: stopping.signal });
    } catch (error) {
      if (!stopping.signal.aborted) setFailed(texts.task.uploadFailed(name, saysOf(error)));
    } finally {
      setSending((all) => new Map([...all].filter(([other]) => other !== id)));
    }
  };
  const sendAll = (files: Iterable<File>) => {
    setFailed(undefined);
    for (const file of files) void send(file);
  };
  usePastedFiles(canAdd, sendAll);
  if (!opened || (opened.attachments.length === 0 && !canAdd)) return null;
  return (
    <Section title={texts.task.files}>
      <ul className="flex flex-col gap-1">
        {opened.attachments.map((attachment) => (
          <li key={attachment.id} className="flex items-center gap-2">
            <a href={addressOf(attachment)} download className="min-w-0 flex-1 truncate text-accent underline">
              {attachment.name}
            </a>
            <span className="text-sm text-quiet">{sizeOf(attachment.sizeBytes)}</span>
            {may("attachment:delete") && (
              <Button
                look="quiet"
                className="min-h-6 px-2 py-0"
                aria-label={texts.task.deleteFile(attachment.name)}
                onClick={() =>
                  change({ done: trestle.attachments.delete.mutate({ boardId, attachmentId: attachment.id }) })
                }
              >
                ×
              </Button>
            )}
          </li>
        ))}
        {Array.from(sending.values(), ({ name, sent, stop }, index) => (
          <li key={`sending ${String(index)}`} className="flex items-center gap-2 text-quiet">
            <span role="status" className="min-w-0 flex-1 truncate">
              {texts.task.uploading(name)}
            </span>
            <progress aria-label={name} value={sent} className="h-1.5 w-24 accent-accent" />
            <Button look="quiet" className="min-h-6 px-2 py-0" aria-label={texts.task.stopUpload(name)} onClick={stop}>
              ×
            </Button>
          </li>
        ))}
      </ul>
      <Trouble says={failed} />
      {canAdd && (
        // The field in it does the same by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
        <label
          className="rounded-md border border-dashed border-line p-3 text-sm text-quiet focus-within:border-accent hover:border-accent"
          onDragOver={(event) => event.preventDefault()}
          onDrop={(event) => {
            event.preventDefault();
            sendAll(event.dataTransfer.files);
          }}
        >
          {texts.task.addFile}
          <input
            type="file"
            multiple
            className="mt-1 block max-w-full"
            onChange={(event) => {
              sendAll(event.target.files ?? []);
              event.target.value = "";
            }}
          />
        </label>
      )}
    </Section>
  );
}

/** Files that are pasted while the task is open, wherever one is in it; text stays where it is pasted. */
function usePastedFiles(isWanted: boolean, onPaste: (files: FileList) => void) {
  const take = useEffectEvent((event: ClipboardEvent) => {
    const files = event.clipboardData?.files;
    if (!files || files.length === 0) return;
    event.preventDefault();
    onPaste(files);
  });
  useEffect(() => {
    if (!isWanted) return undefined;
    document.addEventListener("paste", take);
    return () => document.removeEventListener("paste", take);
  }, [isWanted]);
}

function addressOf({ boardId, id }: Attachment): string {
  return `/boards/${boardId}/attachments/${id}`;
}

function sizeOf(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const format = { style: "unit", unit: UNITS[power] ?? "byte", maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(undefined, format).format(bytes / 1000 ** power);
}
