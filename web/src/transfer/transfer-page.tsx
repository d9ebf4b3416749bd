import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useSearchParams } from "wouter";
import { useTrestle } from "../../../client/react/index.ts";
import { TopBar } from "../home/top-bar.tsx";
import { useOrg } from "../home/use-org.ts";
import { texts } from "../texts.ts";
import { transferTexts } from "../texts/transfer.ts";
import { Loading } from "../ui/loading.tsx";
import { NotFound } from "../ui/not-found.tsx";
import { ExportForm } from "./export-form.tsx";
import { ImportForm } from "./import-form.tsx";
import { OneImport } from "./one-import.tsx";
import { OperationsList } from "./operations-list.tsx";

/** Where work comes into an organisation, and goes out of it. `?import=` names an import that is looked at. */
export function TransferPage({ orgId }: { orgId: string }) {
  const { orgs } = useTrestle();
  const org = useOrg(orgId);
  const [params, setParams] = useSearchParams();
  const { data: access, error } = useQuery({
    queryKey: ["org-access", orgId, org?.cursor],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: () => orgs.access.query({ orgId }),
  });
  const importId = params.get("import");
  const name = org?.org.name;
  useEffect(() => {
    document.title = `${texts.home.transfer} · ${texts.product}`;
  }, []);
  const look = (shown: string) => setParams({ import: shown });
  const mayImport = access?.actions.includes("import:create") ?? false;
  return (
    <>
      <TopBar />
      {error || (access && !mayImport) ? (
        <NotFound />
      ) : org && access ? (
        <main className="mx-auto flex max-w-3xl flex-col gap-8 px-4 py-8">
          <h1 className="text-xl font-semibold wrap-anywhere">{transferTexts.title(name ?? "")}</h1>
          {importId !== null && <OneImport key={importId} orgId={orgId} importId={importId} />}
          <OperationsList orgId={orgId} onReport={look} />
          <ImportForm org={org} onImport={look} />
          <ExportForm org={org} mayExportAll={access.actions.includes("org:export")} />
        </main>
      ) : (
        <Loading />
      )}
    </>
  );
}
