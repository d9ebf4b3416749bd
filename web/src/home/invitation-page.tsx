import { useState } from "react";
import { useLocation } from "wouter";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { saysOf } from "../ui/form.tsx";
import { Message } from "../ui/message.tsx";
import { TopBar } from "./top-bar.tsx";
import { Trouble } from "../ui/trouble.tsx";

/** Where the link of an invitation leads: its token is behind the `#`, which no server sees. */
export function InvitationPage() {
  const { members } = useTrestle();
  const [, go] = useLocation();
  const [trouble, setTrouble] = useState<string>();
  const accept = async () => {
    try {
      await members.accept.mutate({ token: location.hash.slice(1) });
      go("/", { replace: true });
    } catch (error) {
      setTrouble(saysOf(error));
    }
  };
  return (
    <div className="flex min-h-full flex-col">
      <TopBar />
      <Message title={texts.home.invitations}>
        <Trouble says={trouble} />
        <Button look="primary" onClick={() => void accept()}>
          {texts.home.accept}
        </Button>
      </Message>
    </div>
  );
}
