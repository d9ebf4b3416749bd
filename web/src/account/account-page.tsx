import { TopBar } from "../home/top-bar.tsx";
import { useMe } from "../session/signed-in.tsx";
import { accountTexts } from "../texts/account.ts";
import { ApiKeys } from "./api-keys.tsx";
import { CalendarLinks } from "./calendar-links.tsx";
import { ChangePassword } from "./change-password.tsx";
import { Digest } from "./digest.tsx";
import { EmailAddress } from "./email-address.tsx";
import { Identities } from "./identities.tsx";
import { Leave } from "./leave.tsx";
import { Name } from "./name.tsx";
import { SecondFactors } from "./second-factors.tsx";
import { Sessions } from "./sessions.tsx";
import { Watches } from "./watches.tsx";

/** Who one is here, how one signs in, what programs may, and what is sent. */
export function AccountPage() {
  const { name } = useMe();
  return (
    <>
      <TopBar />
      <main className="mx-auto flex max-w-xl flex-col gap-10 px-4 py-8">
        <div>
          <h1 className="text-xl font-semibold">{accountTexts.title}</h1>
          <p className="text-quiet wrap-anywhere">{name}</p>
        </div>
        <Name />
        <EmailAddress />
        <Sessions />
        <ChangePassword />
        <SecondFactors />
        <Identities />
        <Digest />
        <Watches />
        <CalendarLinks />
        <ApiKeys />
        <Leave />
      </main>
    </>
  );
}
