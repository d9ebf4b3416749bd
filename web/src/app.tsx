import { Route, Switch } from "wouter";
import { BoardPage } from "./board/board-page.tsx";
import { SignedIn } from "./session/signed-in.tsx";
import { later } from "./ui/later.tsx";
import { NotFound } from "./ui/not-found.tsx";

// Nobody waits for these to see a board.
const HomePage = later("home-page", async () => (await import("./home/home-page.tsx")).HomePage);
const InvitationPage = later(
  "invitation-page",
  async () => (await import("./home/invitation-page.tsx")).InvitationPage,
);
const InboxPage = later("inbox-page", async () => (await import("./inbox/inbox-page.tsx")).InboxPage);
const ForgotPasswordPage = later(
  "forgot-password-page",
  async () => (await import("./session/forgot-password-page.tsx")).ForgotPasswordPage,
);
const ResetPasswordPage = later(
  "reset-password-page",
  async () => (await import("./session/reset-password-page.tsx")).ResetPasswordPage,
);
const SignInPage = later("sign-in-page", async () => (await import("./session/sign-in-page.tsx")).SignInPage);
const SignUpPage = later("sign-up-page", async () => (await import("./session/sign-up-page.tsx")).SignUpPage);
const AccountPage = later("account-page", async () => (await import("./account/account-page.tsx")).AccountPage);
const MyWorkPage = later("my-work-page", async () => (await import("./my-work/my-work-page.tsx")).MyWorkPage);
const BoardSettingsPage = later(
  "board-settings-page",
  async () => (await import("./board-settings/board-settings-page.tsx")).BoardSettingsPage,
);
const ReportsPage = later("reports-page", async () => (await import("./reports/reports-page.tsx")).ReportsPage);
const TransferPage = later(
  "transfer-page",
  async () => (await import("./organisation/transfer/transfer-page.tsx")).TransferPage,
);
const RolesPage = later("roles-page", async () => (await import("./organisation/roles-page.tsx")).RolesPage);
const ProjectsPage = later(
  "projects-page",
  async () => (await import("./organisation/projects-page.tsx")).ProjectsPage,
);
const RulesPage = later("rules-page", async () => (await import("./organisation/rules-page.tsx")).RulesPage);
const ServicesPage = later(
  "services-page",
  async () => (await import("./organisation/services-page.tsx")).ServicesPage,
);
const AuditPage = later("audit-page", async () => (await import("./organisation/audit-page.tsx")).AuditPage);
const OrgSettingsPage = later(
  "org-settings-page",
  async () => (await import("./organisation/org-settings-page.tsx")).OrgSettingsPage,
);
const MembersPage = later("members-page", async () => (await import("./organisation/members-page.tsx")).MembersPage);

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
          <Switch>
            <Route path="/" component={HomePage} />
            <Route path="/account" component={AccountPage} />
            <Route path="/my-work" component={MyWorkPage} />
            <Route path="/inbox" component={InboxPage} />
            <Route path="/organisations/:orgId/members">{({ orgId }) => <MembersPage orgId={orgId} />}</Route>
            <Route path="/organisations/:orgId/roles">{({ orgId }) => <RolesPage orgId={orgId} />}</Route>
            <Route path="/organisations/:orgId/projects">{({ orgId }) => <ProjectsPage orgId={orgId} />}</Route>
            <Route path="/organisations/:orgId/rules">{({ orgId }) => <RulesPage orgId={orgId} />}</Route>
            <Route path="/organisations/:orgId/services">{({ orgId }) => <ServicesPage orgId={orgId} />}</Route>
            <Route path="/organisations/:orgId/audit">{({ orgId }) => <AuditPage orgId={orgId} />}</Route>
            <Route path="/organisations/:orgId/settings">{({ orgId }) => <OrgSettingsPage orgId={orgId} />}</Route>
            <Route path="/organisations/:orgId/transfer">{({ orgId }) => <TransferPage orgId={orgId} />}</Route>
            <Route path="/invitation" component={InvitationPage} />
            <Route path="/boards/:boardId">{({ boardId }) => <BoardPage boardId={boardId} taskId={undefined} />}</Route>
            <Route path="/boards/:boardId/settings">{({ boardId }) => <BoardSettingsPage boardId={boardId} />}</Route>
            <Route path="/boards/:boardId/reports">{({ boardId }) => <ReportsPage boardId={boardId} />}</Route>
            <Route path="/boards/:boardId/tasks/:taskId">
              {({ boardId, taskId }) => <BoardPage boardId={boardId} taskId={taskId} />}
            </Route>
            <Route component={NotFound} />
          </Switch>
        </SignedIn>
      </Route>
    </Switch>
  );
}
