import { useState } from "react";
import { useTrestle } from "../../../client/react/index.ts";
import { useProof } from "../account/use-proof.tsx";
import { auditTexts } from "../texts/audit.ts";
import { Button } from "../ui/button.tsx";
import { saveAs } from "../ui/save-as.ts";
import { Trouble } from "../ui/trouble.tsx";

/** The whole audit log as a file of JSON lines, with the key by which it is verified. */
export function AuditExport({ orgId }: { orgId: string }) {
  const { audit } = useTrestle();
  const { act, trouble, dialog } = useProof();
  const [state, setState] = useState<{ publicKey: string } | "exporting">();
  const fetchAll = async () => {
    setState("exporting");
    const parts: string[] = [];
    let part = await audit.export.mutate({ orgId });
    parts.push(part.lines);
    while (part.nextBlock !== null) {
      // Each begins where the one before it has ended.
      part = await audit.export.mutate({ orgId, fromBlock: part.nextBlock });
      parts.push(part.lines);
    }
    saveAs(new Blob(parts, { type: "application/jsonl" }), "audit.jsonl");
    setState({ publicKey: part.publicKey });
  };
  const exportAll = () =>
    act(async () => {
      try {
        await fetchAll();
      } catch (error) {
        setState(undefined);
        throw error;
      }
    });
  return (
    <div className="flex flex-col items-start gap-2">
      <Button onClick={exportAll} disabled={state === "exporting"}>
        {auditTexts.export}
      </Button>
      <p className="text-sm text-quiet">{auditTexts.exportSays}</p>
      <p role="status" className="wrap-anywhere empty:hidden">
        {state === "exporting" && auditTexts.exporting}
        {typeof state === "object" && auditTexts.exported(state.publicKey)}
      </p>
      <Trouble says={trouble} />
      {dialog}
    </div>
  );
}
