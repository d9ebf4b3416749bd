import { useSearchParams } from "wouter";
import { transferTexts } from "../../texts/transfer.ts";
import { OrgFrame } from "../org-frame.tsx";
import { ExportForm } from "./export-form.tsx";
import { ImportForm } from "./import-form.tsx";
import { OneImport } from "./one-import.tsx";
import { OperationsList } from "./operations-list.tsx";

/** Where work comes into an organisation, and goes out of it. `?import=` names an import that is looked at. */
export function TransferPage({ orgId }: { orgId: string }) {
  const [params, setParams] = useSearchParams();
  const importId = params.get("import");
  const look = (shown: string) => setParams({ import: shown });
  return (
    <OrgFrame orgId={orgId} screen="transfer">
      {({ org, may }) => (
        <>
          <h1 className="text-xl font-semibold wrap-anywhere">{transferTexts.title(org.org.name)}</h1>
          {importId !== null && <OneImport key={importId} orgId={orgId} importId={importId} />}
          <OperationsList orgId={orgId} onReport={look} />
          <ImportForm org={org} onImport={look} />
          <ExportForm org={org} mayExportAll={may("org:export")} />
        </>
      )}
    </OrgFrame>
  );
}
