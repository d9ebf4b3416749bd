import { lazy, Suspense } from "react";
import { Route, Switch } from "wouter";
import { BoardPage } from "./board/board-page.tsx";
import { HomePage } from "./home/home-page.tsx";
import { InvitationPage } from "./home/invitation-page.tsx";
import { InboxPage } from "./inbox/inbox-page.tsx";
import { ForgotPasswordPage } from "./session/forgot-password-page.tsx";
import { ResetPasswordPage } from "./session/reset-password-page.tsx";
import { SignedIn } from "./session/signed-in.tsx";
import { SignInPage } from "./session/sign-in-page.tsx";
import { SignUpPage } from "./session/sign-up-page.tsx";
import { Loading } from "./ui/loading.tsx";
import { NotFound } from "./ui/not-found.tsx";

// Nobody waits for these to see a board.
const AccountPage = lazy(async () => ({ default: (await import("./account/account-page.tsx")).AccountPage }));
const MembersPage = lazy(async () => ({ default: (await import("./home/members-page.tsx")).MembersPage }));

/** Which place shows what. The server answers the page for all of them. */
export function App() {
  return (
    <Switch>
      <Route path="/sign-in" component={SignInPage} />
      <Route path="/sign-up" component={SignUpPage} />
      <Route path="/forgot-password" component={ForgotPasswordPage} />
      <Route path="/reset-password" component={ResetPasswordPage} />
      <Route>
        <SignedIn>
          <Suspense fallback={<Loading />}>
            <Switch>
              <Route path="/" component={HomePage} />
              <Route path="/account" component={AccountPage} />
              <Route path="/inbox" component={InboxPage} />
              <Route path="/organisations/:orgId/members">{({ orgId }) => <MembersPage orgId={orgId} />}</Route>
              <Route path="/invitation" component={InvitationPage} />
              <Route path="/boards/:boardId">
                {({ boardId }) => <BoardPage boardId={boardId} taskId={undefined} />}
              </Route>
              <Route path="/boards/:boardId/tasks/:taskId">
                {({ boardId, taskId }) => <BoardPage boardId={boardId} taskId={taskId} />}
              </Route>
              <Route component={NotFound} />
            </Switch>
          </Suspense>
        </SignedIn>
      </Route>
    </Switch>
  );
}
