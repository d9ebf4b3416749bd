import { useEffect, useState } from "react";
import { foldOrg, type OrgSnapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";

/** An organisation, live: its people, projects and boards. Undefined until it has come, and where it may not be watched. */
export function useOrg(orgId: string): OrgSnapshot | undefined {
  const trestle = useTrestle();
  const [state, setState] = useState<OrgSnapshot>();
  useEffect(() => {
    const fold = foldOrg();
    const watch = trestle.orgs.live.subscribe(
      { orgId },
      { onData: (message) => setState(fold(message).state), onError: () => setState(undefined) },
    );
    return () => watch.unsubscribe();
  }, [trestle, orgId]);
  return state;
}
