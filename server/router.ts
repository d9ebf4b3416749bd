import { createCallerFactory, router } from "./core/trpc.ts";
import { auditRouter } from "./domains/audit/audit.router.ts";
import { rulesRouter } from "./domains/automation/rules.router.ts";
import { accountRouter } from "./domains/home/account.router.ts";
import { calendarsRouter } from "./domains/home/calendars.router.ts";
import { meRouter } from "./domains/home/me.router.ts";
import { notificationsRouter } from "./domains/home/notifications.router.ts";
import { digestsRouter } from "./domains/home/digests.router.ts";
import { operationsRouter } from "./domains/home/operations.router.ts";
import { remindersRouter } from "./domains/home/reminders.router.ts";
import { watchesRouter } from "./domains/home/watches.router.ts";
import { authRouter } from "./domains/identity/auth.router.ts";
import { authenticatorRouter } from "./domains/identity/authenticator.router.ts";
import { emailsRouter } from "./domains/identity/emails.router.ts";
import { factorsRouter } from "./domains/identity/factors.router.ts";
import { identitiesRouter } from "./domains/identity/identities.router.ts";
import { keysRouter } from "./domains/identity/keys.router.ts";
import { passkeysRouter } from "./domains/identity/passkeys.router.ts";
import { passwordsRouter } from "./domains/identity/passwords.router.ts";
import { sessionsRouter } from "./domains/identity/sessions.router.ts";
import { accessRouter } from "./domains/orgs/access.router.ts";
import { invitationsRouter } from "./domains/orgs/invitations.router.ts";
import { membersRouter } from "./domains/orgs/members.router.ts";
import { orgsRouter } from "./domains/orgs/orgs.router.ts";
import { rolesRouter } from "./domains/orgs/roles.router.ts";
import { serviceAccountsRouter } from "./domains/orgs/service-accounts.router.ts";
import { activityRouter } from "./domains/work/activity/activity.router.ts";
import { changesRouter } from "./domains/work/changes.router.ts";
import { checkItemsRouter } from "./domains/work/check-items.router.ts";
import { checklistsRouter } from "./domains/work/checklists.router.ts";
import { archivesRouter } from "./domains/work/archives/archives.router.ts";
import { attachmentsRouter } from "./domains/work/attachments.router.ts";
import { boardsRouter } from "./domains/work/boards.router.ts";
import { commentsRouter } from "./domains/work/comments.router.ts";
import { columnsRouter } from "./domains/work/columns.router.ts";
import { fieldsRouter } from "./domains/work/fields.router.ts";
import { importsRouter } from "./domains/work/imports/imports.router.ts";
import { labelsRouter } from "./domains/work/labels.router.ts";
import { reportsRouter } from "./domains/insight/reports.router.ts";
import { plansRouter } from "./domains/work/plans.router.ts";
import { projectsRouter } from "./domains/work/projects.router.ts";
import { recurrencesRouter } from "./domains/work/recurrences.router.ts";
import { relationsRouter } from "./domains/work/relations.router.ts";
import { transitionsRouter } from "./domains/work/transitions.router.ts";
import { trashRouter } from "./domains/work/trash.router.ts";
import { timeRouter } from "./domains/work/time.router.ts";
import { viewsRouter } from "./domains/work/views.router.ts";
import { tasksRouter } from "./domains/work/tasks.router.ts";

/**
 * The routers by name, once more as a type: what TypeScript infers of them in one piece is too long for it to write down.
 */
type Routers = {
  access: typeof accessRouter;
  account: typeof accountRouter;
  activity: typeof activityRouter;
  archives: typeof archivesRouter;
  attachments: typeof attachmentsRouter;
  audit: typeof auditRouter;
  auth: typeof authRouter;
  authenticator: typeof authenticatorRouter;
  boards: typeof boardsRouter;
  changes: typeof changesRouter;
  calendars: typeof calendarsRouter;
  checkItems: typeof checkItemsRouter;
  checklists: typeof checklistsRouter;
  columns: typeof columnsRouter;
  comments: typeof commentsRouter;
  digests: typeof digestsRouter;
  emails: typeof emailsRouter;
  factors: typeof factorsRouter;
  fields: typeof fieldsRouter;
  identities: typeof identitiesRouter;
  imports: typeof importsRouter;
  invitations: typeof invitationsRouter;
  keys: typeof keysRouter;
  labels: typeof labelsRouter;
  transitions: typeof transitionsRouter;
  trash: typeof trashRouter;
  me: typeof meRouter;
  members: typeof membersRouter;
  notifications: typeof notificationsRouter;
  operations: typeof operationsRouter;
  orgs: typeof orgsRouter;
  passkeys: typeof passkeysRouter;
  passwords: typeof passwordsRouter;
  plans: typeof plansRouter;
  projects: typeof projectsRouter;
  recurrences: typeof recurrencesRouter;
  relations: typeof relationsRouter;
  reminders: typeof remindersRouter;
  reports: typeof reportsRouter;
  roles: typeof rolesRouter;
  rules: typeof rulesRouter;
  serviceAccounts: typeof serviceAccountsRouter;
  sessions: typeof sessionsRouter;
  tasks: typeof tasksRouter;
  time: typeof timeRouter;
  views: typeof viewsRouter;
  watches: typeof watchesRouter;
};

/** What may be asked. Domains are folders; a client sees nouns. */
const routers: Routers = {
  access: accessRouter,
  account: accountRouter,
  activity: activityRouter,
  archives: archivesRouter,
  attachments: attachmentsRouter,
  audit: auditRouter,
  auth: authRouter,
  authenticator: authenticatorRouter,
  boards: boardsRouter,
  changes: changesRouter,
  calendars: calendarsRouter,
  checkItems: checkItemsRouter,
  checklists: checklistsRouter,
  columns: columnsRouter,
  comments: commentsRouter,
  digests: digestsRouter,
  emails: emailsRouter,
  factors: factorsRouter,
  fields: fieldsRouter,
  identities: identitiesRouter,
  imports: importsRouter,
  invitations: invitationsRouter,
  keys: keysRouter,
  labels: labelsRouter,
  transitions: transitionsRouter,
  trash: trashRouter,
  me: meRouter,
  members: membersRouter,
  notifications: notificationsRouter,
  operations: operationsRouter,
  orgs: orgsRouter,
  passkeys: passkeysRouter,
  passwords: passwordsRouter,
  plans: plansRouter,
  projects: projectsRouter,
  recurrences: recurrencesRouter,
  relations: relationsRouter,
  reminders: remindersRouter,
  reports: reportsRouter,
  roles: rolesRouter,
  rules: rulesRouter,
  serviceAccounts: serviceAccountsRouter,
  sessions: sessionsRouter,
  tasks: tasksRouter,
  time: timeRouter,
  views: viewsRouter,
  watches: watchesRouter,
};

export const appRouter: ReturnType<typeof router<Routers>> = router(routers);

export type AppRouter = typeof appRouter;

/** Makes callers: procedures as functions, without a socket. */
export const createCaller = createCallerFactory(appRouter);
