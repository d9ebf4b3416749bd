import { TopBar } from "../home/top-bar.tsx";
import { useMe } from "../session/signed-in.tsx";
import { texts } from "../texts.ts";
import { ChangePassword } from "./change-password.tsx";
import { Sessions } from "./sessions.tsx";

/** Who one is here, where one is signed in, and by what password. */
export function AccountPage() {
  const { name, email } = useMe();
  return (
    <>
      <TopBar />
      <main className="mx-auto flex max-w-xl flex-col gap-8 px-4 py-8">
        <div>
          <h1 className="text-xl font-semibold">{texts.account.title}</h1>
          <p className="text-quiet wrap-anywhere">
            {name} · {email}
          </p>
        </div>
        <Sessions />
        <ChangePassword />
      </main>
    </>
  );
}
