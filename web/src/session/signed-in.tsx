import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect } from "react";
import { Redirect, useLocation } from "wouter";
import { errorKind, type Me } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { queries } from "../trestle.ts";
import { Button } from "../ui/button.tsx";
import { Loading } from "../ui/loading.tsx";
import { Message } from "../ui/message.tsx";

const MeContext = createContext<Me["user"] | undefined>(undefined);

/** Who is signed in. */
export function useMe(): Me["user"] {
  const me = useContext(MeContext);
  if (!me) throw new Error("nobody is signed in above this component");
  return me;
}

/** Told to the other tabs of this browser. */
const channel = new BroadcastChannel("trestle-session");

/** Forgets what was shown, here and in other tabs: whoever signs in next sees nothing of it. */
export function sessionChanged(): void {
  void queries.resetQueries();
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin
  channel.postMessage("changed");
}

/** Shows its children to who is signed in, and the way to the sign-in to everybody else. */
export function SignedIn({ children }: { children: ReactNode }) {
  const trestle = useTrestle();
  const [place] = useLocation();
  const { data, error, refetch } = useQuery({
    queryKey: ["me"],
    queryFn: () => trestle.auth.me.query(),
    refetchOnWindowFocus: "always",
  });
  useEffect(() => {
    const onMessage = () => void queries.resetQueries();
    channel.addEventListener("message", onMessage);
    return () => channel.removeEventListener("message", onMessage);
  }, []);
  if (errorKind(error) === "SIGN_IN_REQUIRED") {
    return <Redirect to={`/sign-in?${new URLSearchParams({ to: place + location.hash }).toString()}`} replace />;
  }
  if (data) return <MeContext value={data.user}>{children}</MeContext>;
  if (!error) return <Loading />;
  return (
    <Message title={texts.product} says={texts.noAnswer}>
      <Button onClick={() => void refetch()}>{texts.tryAgain}</Button>
    </Message>
  );
}
