import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext } from "react";
import { Redirect, useLocation } from "wouter";
import { errorKind, type Me } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { Loading } from "../ui/loading.tsx";
import { Message } from "../ui/message.tsx";
import { signInFor } from "./begin-anew.ts";
import { meQuery } from "./me-query.ts";

const MeContext = createContext<Me["user"] | undefined>(undefined);

/** Who is signed in. */
export function useMe(): Me["user"] {
  const me = useContext(MeContext);
  if (!me) throw new Error("nobody is signed in above this component");
  return me;
}

/** Shows its children to who is signed in, and the way to the sign-in to everybody else. */
export function SignedIn({ children }: { children: ReactNode }) {
  const trestle = useTrestle();
  const [place] = useLocation();
  const { data, error, refetch } = useQuery({
    ...meQuery(trestle),
    refetchOnWindowFocus: "always",
  });
  if (errorKind(error) === "SIGN_IN_REQUIRED") {
    return <Redirect to={signInFor(place + location.hash)} replace />;
  }
  if (data) return <MeContext value={data.user}>{children}</MeContext>;
  if (!error) return <Loading />;
  return (
    <Message title={texts.product} says={texts.noAnswer}>
      <Button onClick={() => void refetch()}>{texts.tryAgain}</Button>
    </Message>
  );
}
