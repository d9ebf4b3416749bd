import { randomUUID } from "node:crypto";
import { attachFile, pieces } from "../setup/attachments.ts";
import { announceTable } from "../setup/tables.ts";
import type { Person, TestBoard, TestOrg, World } from "../setup/world.ts";

/** Something of everything, for one try of a procedure. */
export interface Ground extends Things {
  readonly org: TestOrg;
  readonly board: TestBoard;
}

/** What inputs are made of. */
interface Things {
  readonly org: Pick<TestOrg, "id">;
  readonly board: Pick<TestBoard, "id" | "column" | "task">;
  readonly emptyProjectId: string;
  readonly labelId: string;
  readonly transitionId: string;
  readonly recurrenceId: string;
  /** Of the project of the board, with nothing in it. */
  readonly planId: string;
  readonly otherPlanId: string;
  readonly descriptionVersion: number;
  readonly checklistId: string;
  readonly otherChecklistId: string;
  readonly itemId: string;
  readonly otherItemId: string;
  readonly archivedTaskId: string;
  readonly trashedTaskId: string;
  /** Of a change of the owner, which nobody has touched since. */
  readonly changeVersion: number;
  /** Of the first task and the second. */
  readonly relationId: string;
  /** Of the empty project. */
  readonly fieldId: string;
  readonly viewId: string;
  readonly entryId: string;
  /** Of the owner, on the first task, with an answer and a reaction of theirs. */
  readonly commentId: string;
  readonly attachmentId: string;
  readonly archivedColumnId: string;
  readonly invitationId: string;
  /** Of a table of the owner, whose rows have come. */
  readonly importId: string;
  readonly keyId: string;
  readonly roleId: string;
  readonly serviceId: string;
  /** On the board alone, of the owner. */
  readonly ruleId: string;
  /** A member with a share of the board, whom a procedure may do something to. */
  readonly colleague: Pick<Person, "id">;
}

export async function createGround(world: World): Promise<Ground> {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing", "Old"], tasks: ["One", "Two", "Three", "Four"] });
  const { caller } = org.owner;
  const boardId = board.id;
  const label = await caller.labels.create({ boardId, name: "Bug", color: "red" });
  const ofOne = { boardId, taskId: board.task("One") };
  const described = await caller.tasks.update({ ...ofOne, description: "As it was" });
  await caller.tasks.update({ ...ofOne, description: "As it is" });
  const checklist = await caller.checklists.create({ ...ofOne, name: "First" });
  const otherChecklist = await caller.checklists.create({ ...ofOne, name: "Second" });
  const item = await caller.checkItems.create({ ...ofOne, checklistId: checklist.id, text: "Item" });
  const otherItem = await caller.checkItems.create({ ...ofOne, checklistId: otherChecklist.id, text: "Another" });
  await caller.tasks.archive({ boardId, taskId: board.task("Three") });
  await caller.tasks.delete({ boardId, taskIds: [board.task("Four")] });
  const change = await caller.tasks.update({ boardId, taskId: board.task("Two"), priority: "high" });
  const taskId = board.task("One");
  const attachment = await attachFile(world, org.owner, { at: { boardId, taskId }, body: pieces("File") });
  const relation = await caller.relations.create({ ...ofOne, name: "blocks", otherTaskId: board.task("Two") });
  const comment = await caller.comments.create({ boardId, taskId, text: "First" });
  await caller.comments.create({ boardId, taskId, parentId: comment.id, text: "Answer" });
  await caller.comments.react({ boardId, taskId, commentId: comment.id, emoji: "👍" });
  await caller.columns.archive({ boardId, columnId: board.column("Old") });
  const into = { boardId, name: "Way", toColumnId: board.column("Doing") };
  const transition = await caller.transitions.create(into);
  const recurring = { timeZone: "Europe/Berlin", rule: "FREQ=WEEKLY", startsOn: "2026-01-05" };
  const recurrence = await caller.recurrences.create({ ...ofOne, columnId: board.column("Doing"), ...recurring });
  const ofBoard = { orgId: org.id, projectId: board.projectId };
  const plan = await caller.plans.create({ ...ofBoard, kind: "sprint", name: "Sprint" });
  const otherPlan = await caller.plans.create({ ...ofBoard, kind: "sprint", name: "Another" });
  const colleague = await org.another("member");
  await caller.boards.share({ boardId, userId: colleague.id, role: "viewer" });
  const { invitation } = await caller.members.invite({
    orgId: org.id,
    email: `${randomUUID()}@example.test`,
    role: "guest",
  });
  const empty = await caller.projects.create({ orgId: org.id, name: "Empty", key: "EMPTY" });
  const ofEmpty = { orgId: org.id, projectId: empty.id };
  const field = await caller.fields.create({
    ...ofEmpty,
    name: "Severity",
    kind: "select",
    options: [{ name: "High" }],
  });
  const entry = await caller.time.create({ boardId, taskId: board.task("One"), ...HOUR });
  const view = await caller.views.create({ orgId: org.id, name: "Bugs", filter: "label:bug", visibility: "shared" });
  const table = await announceTable(world, org, { projectId: board.projectId });
  await table.upload("Title,Labels\nOne,Bug\n");
  const keyOf = { orgId: org.id, name: "Key", actions: ["org:read" as const], expiresAt: null };
  const { key } = await caller.keys.create(keyOf);
  const role = await caller.roles.create({ orgId: org.id, name: "Triage", base: "guest" });
  const service = await caller.serviceAccounts.create({ orgId: org.id, name: "Robot", role: "guest" });
  const rule = await caller.rules.create({
    orgId: org.id,
    projectId: board.projectId,
    boardId,
    name: "Rule",
    trigger: { on: "task-created" },
    actions: [{ do: "archive" }],
    state: "off",
  });
  return {
    org,
    board,
    emptyProjectId: empty.id,
    labelId: label.id,
    transitionId: transition.id,
    recurrenceId: recurrence.id,
    planId: plan.id,
    otherPlanId: otherPlan.id,
    descriptionVersion: described.version,
    checklistId: checklist.id,
    otherChecklistId: otherChecklist.id,
    itemId: item.id,
    otherItemId: otherItem.id,
    archivedTaskId: board.task("Three"),
    trashedTaskId: board.task("Four"),
    changeVersion: change.version,
    relationId: relation.id,
    fieldId: field.id,
    viewId: view.id,
    entryId: entry.id,
    commentId: comment.id,
    attachmentId: attachment.id,
    archivedColumnId: board.column("Old"),
    invitationId: invitation.id,
    importId: table.importId,
    keyId: key.id,
    roleId: role.id,
    serviceId: service.id,
    ruleId: rule.id,
    colleague,
  };
}

/** Nothing of anything: shows what ids an input has. */
export const BLANK: Things = {
  org: { id: "" },
  board: { id: "", column: () => "", task: () => "" },
  emptyProjectId: "",
  labelId: "",
  transitionId: "",
  recurrenceId: "",
  planId: "",
  otherPlanId: "",
  descriptionVersion: 0,
  checklistId: "",
  otherChecklistId: "",
  itemId: "",
  otherItemId: "",
  archivedTaskId: "",
  trashedTaskId: "",
  changeVersion: 0,
  relationId: "",
  fieldId: "",
  viewId: "",
  entryId: "",
  commentId: "",
  attachmentId: "",
  archivedColumnId: "",
  invitationId: "",
  importId: "",
  keyId: "",
  roleId: "",
  serviceId: "",
  ruleId: "",
  colleague: { id: "" },
};

const inOrg = (ground: Things) => ({ orgId: ground.org.id });
const onProject = (ground: Things) => ({ ...inOrg(ground), projectId: ground.emptyProjectId });
const onField = (ground: Things) => ({ ...onProject(ground), fieldId: ground.fieldId });
const ofEmptyProject = (ground: Things) => ({ orgId: ground.org.id, projectId: ground.emptyProjectId });
const onBoard = (ground: Things) => ({ boardId: ground.board.id });
const onItem = (ground: Things) => ({ ...onBoard(ground), taskId: ground.board.task("One"), itemId: ground.itemId });
const HOUR = { startedAt: "2026-03-02T09:00:00.000Z", stoppedAt: "2026-03-02T10:00:00.000Z" };
const onOne = (ground: Things) => ({ ...onBoard(ground), taskId: ground.board.task("One") });
const onEntry = (ground: Things) => ({ ...onBoard(ground), entryId: ground.entryId });
const onView = (ground: Things) => ({ ...inOrg(ground), viewId: ground.viewId });
const inChecklist = (ground: Things) => ({
  ...onBoard(ground),
  taskId: ground.board.task("One"),
  checklistId: ground.checklistId,
});

const onComment = (ground: Things) => ({
  ...onBoard(ground),
  taskId: ground.board.task("One"),
  commentId: ground.commentId,
});

/** A good input for every procedure of a scope. A procedure that is missing here fails the architecture tests. */
export const INPUTS = {
  "orgs.get": inOrg,
  "orgs.access": inOrg,
  "orgs.live": inOrg,
  "orgs.update": (ground) => ({ ...inOrg(ground), name: "Renamed" }),
  "orgs.demandSecondFactor": (ground) => ({ ...inOrg(ground), from: null }),
  "orgs.delete": inOrg,
  "members.list": inOrg,
  "members.invite": (ground) => ({ ...inOrg(ground), email: `${randomUUID()}@example.test`, role: "guest" }),
  "members.setRole": (ground) => ({ ...inOrg(ground), userId: ground.colleague.id, role: "guest" }),
  "members.remove": (ground) => ({ ...inOrg(ground), userId: ground.colleague.id }),
  "members.leave": inOrg,
  "invitations.list": inOrg,
  "invitations.revoke": (ground) => ({ ...inOrg(ground), invitationId: ground.invitationId }),
  "roles.list": inOrg,
  "roles.create": (ground) => ({ ...inOrg(ground), name: "New", base: "guest" }),
  "roles.update": (ground) => ({ ...inOrg(ground), roleId: ground.roleId, name: "Renamed" }),
  "roles.delete": (ground) => ({ ...inOrg(ground), roleId: ground.roleId }),
  "rules.list": (ground) => ({ ...inOrg(ground), projectId: ground.emptyProjectId }),
  "rules.create": (ground) => ({
    ...inOrg(ground),
    projectId: ground.emptyProjectId,
    name: "New",
    trigger: { on: "task-created" },
    actions: [{ do: "archive" }],
    state: "off",
  }),
  "rules.update": (ground) => ({ ...inOrg(ground), ruleId: ground.ruleId, name: "Renamed" }),
  "rules.delete": (ground) => ({ ...inOrg(ground), ruleId: ground.ruleId }),
  "rules.runs": (ground) => ({ ...inOrg(ground), ruleId: ground.ruleId }),
  "rules.preview": (ground) => ({ ...onBoard(ground), actions: [{ do: "archive" }] }),
  "serviceAccounts.list": inOrg,
  "serviceAccounts.create": (ground) => ({ ...inOrg(ground), name: "New", role: "guest" }),
  "serviceAccounts.disable": (ground) => ({ ...inOrg(ground), serviceId: ground.serviceId }),
  "serviceAccounts.enable": (ground) => ({ ...inOrg(ground), serviceId: ground.serviceId }),
  "serviceAccounts.delete": (ground) => ({ ...inOrg(ground), serviceId: ground.serviceId }),
  "keys.list": inOrg,
  "keys.create": (ground) => ({ ...inOrg(ground), name: "New", actions: ["org:read"], expiresAt: null }),
  "keys.revoke": (ground) => ({ ...inOrg(ground), keyId: ground.keyId }),
  "audit.list": inOrg,
  "audit.verify": inOrg,
  "audit.export": inOrg,
  "projects.create": (ground) => ({ ...inOrg(ground), name: "New", key: "NEW" }),
  "projects.list": inOrg,
  "projects.update": (ground) => ({ ...inOrg(ground), projectId: ground.emptyProjectId, name: "Renamed" }),
  "projects.archive": (ground) => ({ ...inOrg(ground), projectId: ground.emptyProjectId }),
  "projects.delete": (ground) => ({ ...inOrg(ground), projectId: ground.emptyProjectId }),
  "imports.create": (ground) => ({
    ...inOrg(ground),
    projectId: ground.emptyProjectId,
    source: "trello",
    fileName: "a.json",
  }),
  "archives.exportBoard": onBoard,
  "archives.export": inOrg,
  "archives.import": (ground) => ({ ...inOrg(ground), fileName: "a.zip" }),
  "imports.get": (ground) => ({ ...inOrg(ground), importId: ground.importId }),
  "imports.preview": (ground) => ({ ...inOrg(ground), importId: ground.importId }),
  "imports.rows": (ground) => ({ ...inOrg(ground), importId: ground.importId }),
  "imports.start": (ground) => ({
    ...inOrg(ground),
    importId: ground.importId,
    mapping: { columns: [{ column: 0, to: "title" }] },
  }),
  "boards.create": (ground) => ({ ...inOrg(ground), projectId: ground.emptyProjectId, name: "New", columns: ["A"] }),
  "boards.list": inOrg,
  "boards.get": onBoard,
  "boards.presence": (ground) => ({ ...onBoard(ground), taskId: ground.board.task("One") }),
  "boards.live": onBoard,
  "boards.access": onBoard,
  "boards.applyChanges": (ground) => ({
    ...onBoard(ground),
    changes: [{ procedure: "tasks.archive", taskId: ground.board.task("One") }],
  }),
  "boards.update": (ground) => ({ ...onBoard(ground), name: "Renamed" }),
  "boards.setLanes": (ground) => ({ ...onBoard(ground), laneBy: "priority" as const }),
  "boards.archive": onBoard,
  "boards.restore": onBoard,
  "boards.delete": onBoard,
  "boards.share": (ground) => ({ ...onBoard(ground), userId: ground.colleague.id, role: "editor" }),
  "boards.unshare": (ground) => ({ ...onBoard(ground), userId: ground.colleague.id }),
  "columns.list": onBoard,
  "columns.create": (ground) => ({ ...onBoard(ground), name: "New", after: ground.board.column("Todo") }),
  "columns.update": (ground) => ({ ...onBoard(ground), columnId: ground.board.column("Todo"), name: "Renamed" }),
  "columns.move": (ground) => ({
    ...onBoard(ground),
    columnId: ground.board.column("Todo"),
    after: ground.board.column("Doing"),
  }),
  "columns.archive": (ground) => ({ ...onBoard(ground), columnId: ground.board.column("Todo") }),
  "columns.restore": (ground) => ({ ...onBoard(ground), columnId: ground.archivedColumnId }),
  "plans.list": (ground) => ofEmptyProject(ground),
  "plans.create": (ground) => ({ ...ofEmptyProject(ground), kind: "milestone", name: "Beta" }),
  "plans.update": (ground) => ({ orgId: ground.org.id, planId: ground.planId, name: "Another" }),
  "plans.delete": (ground) => ({ orgId: ground.org.id, planId: ground.otherPlanId }),
  "plans.setTasks": (ground) => ({
    ...onBoard(ground),
    taskIds: [ground.board.task("One")],
    kind: "sprint",
    planId: ground.planId,
  }),
  "reports.flow": (ground) => ({ ...ofEmptyProject(ground), from: "2026-01-01", to: "2026-01-31" }),
  "reports.times": (ground) => ({ ...ofEmptyProject(ground), from: "2026-01-01", to: "2026-01-31" }),
  "reports.burn": (ground) => ({
    orgId: ground.org.id,
    planId: ground.planId,
    from: "2026-01-01",
    to: "2026-01-31",
  }),
  "reports.load": (ground) => ofEmptyProject(ground),
  "recurrences.list": onBoard,
  "recurrences.preview": (ground) => ({
    ...onBoard(ground),
    rule: "FREQ=DAILY",
    startsOn: "2026-01-05",
    timeZone: "UTC",
  }),
  "recurrences.create": (ground) => ({
    ...onBoard(ground),
    taskId: ground.board.task("One"),
    columnId: ground.board.column("Doing"),
    rule: "FREQ=DAILY",
    startsOn: "2026-01-05",
    timeZone: "UTC",
  }),
  "recurrences.update": (ground) => ({ ...onBoard(ground), recurrenceId: ground.recurrenceId, rule: "FREQ=DAILY" }),
  "recurrences.pause": (ground) => ({ ...onBoard(ground), recurrenceId: ground.recurrenceId }),
  "recurrences.resume": (ground) => ({ ...onBoard(ground), recurrenceId: ground.recurrenceId }),
  "recurrences.delete": (ground) => ({ ...onBoard(ground), recurrenceId: ground.recurrenceId }),
  "transitions.create": (ground) => ({
    ...onBoard(ground),
    name: "Done by a manager",
    toColumnId: ground.board.column("Doing"),
    minimumRole: "manager",
  }),
  "transitions.update": (ground) => ({ ...onBoard(ground), transitionId: ground.transitionId, name: "Another way" }),
  "transitions.delete": (ground) => ({ ...onBoard(ground), transitionId: ground.transitionId }),
  "labels.create": (ground) => ({ ...onBoard(ground), name: "New", color: "blue" }),
  "labels.update": (ground) => ({ ...onBoard(ground), labelId: ground.labelId, color: "blue" }),
  "labels.delete": (ground) => ({ ...onBoard(ground), labelId: ground.labelId }),
  "tasks.create": (ground) => ({
    ...onBoard(ground),
    columnId: ground.board.column("Todo"),
    title: "New",
    after: ground.board.task("One"),
    labelIds: [ground.labelId],
    assigneeIds: [ground.colleague.id],
  }),
  "tasks.update": (ground) => ({
    ...onBoard(ground),
    taskId: ground.board.task("One"),
    labelIds: [ground.labelId],
    assigneeIds: [ground.colleague.id],
  }),
  "tasks.move": (ground) => ({
    ...onBoard(ground),
    taskId: ground.board.task("One"),
    columnId: ground.board.column("Doing"),
    after: ground.board.task("Two"),
  }),
  "tasks.history": (ground) => ({ ...onBoard(ground), taskId: ground.board.task("One") }),
  "tasks.restoreDescription": (ground) => ({
    ...onBoard(ground),
    taskId: ground.board.task("One"),
    version: ground.descriptionVersion,
  }),
  "checklists.get": (ground) => ({ ...onBoard(ground), taskId: ground.board.task("One") }),
  "checklists.create": (ground) => ({ ...onBoard(ground), taskId: ground.board.task("One"), name: "New" }),
  "checklists.update": (ground) => ({ ...inChecklist(ground), name: "Renamed" }),
  "checklists.move": inChecklist,
  "checklists.delete": inChecklist,
  "checkItems.create": (ground) => ({
    ...inChecklist(ground),
    text: "New",
    assigneeId: ground.colleague.id,
  }),
  "checkItems.update": (ground) => ({ ...onItem(ground), state: "done", assigneeId: ground.colleague.id }),
  "checkItems.move": (ground) => ({ ...onItem(ground), checklistId: ground.otherChecklistId }),
  "checkItems.convert": (ground) => ({
    ...onItem(ground),
    itemId: ground.otherItemId,
    columnId: ground.board.column("Todo"),
  }),
  "checkItems.delete": onItem,
  "tasks.archive": (ground) => ({ ...onBoard(ground), taskId: ground.board.task("One") }),
  "tasks.restore": (ground) => ({ ...onBoard(ground), taskId: ground.archivedTaskId }),
  "tasks.bulkUpdate": (ground) => ({
    ...onBoard(ground),
    taskIds: [ground.board.task("One"), ground.board.task("Two")],
    addLabelIds: [ground.labelId],
    addAssigneeIds: [ground.colleague.id],
  }),
  "tasks.bulkMove": (ground) => ({
    ...onBoard(ground),
    taskIds: [ground.board.task("Two"), ground.board.task("One")],
    columnId: ground.board.column("Doing"),
    after: ground.archivedTaskId,
  }),
  "tasks.bulkArchive": (ground) => ({ ...onBoard(ground), taskIds: [ground.board.task("One")] }),
  "tasks.bulkRestore": (ground) => ({ ...onBoard(ground), taskIds: [ground.archivedTaskId] }),
  "tasks.delete": (ground) => ({ ...onBoard(ground), taskIds: [ground.archivedTaskId] }),
  // To its own board: what people may on two boards is in `board-moves.test.ts`.
  "tasks.moveToBoard": (ground) => ({
    ...onBoard(ground),
    taskId: ground.board.task("One"),
    toBoardId: ground.board.id,
    columnId: ground.board.column("Doing"),
  }),
  "tasks.copy": (ground) => ({
    ...onBoard(ground),
    columnId: ground.board.column("Todo"),
    taskId: ground.board.task("One"),
  }),
  "changes.list": onBoard,
  "changes.undo": (ground) => ({ ...onBoard(ground), version: ground.changeVersion }),
  "trash.list": onBoard,
  "trash.restore": (ground) => ({ ...onBoard(ground), taskIds: [ground.trashedTaskId] }),
  "trash.delete": (ground) => ({ ...onBoard(ground), taskIds: [ground.trashedTaskId] }),
  "tasks.get": (ground) => ({ ...onBoard(ground), taskId: ground.board.task("One") }),
  "tasks.list": onBoard,
  "attachments.list": (ground) => ({ ...onBoard(ground), taskId: ground.board.task("One") }),
  "attachments.create": (ground) => ({ ...onBoard(ground), taskId: ground.board.task("One"), name: "a.txt" }),
  "attachments.update": (ground) => ({ ...onBoard(ground), attachmentId: ground.attachmentId, name: "b.txt" }),
  "attachments.delete": (ground) => ({ ...onBoard(ground), attachmentId: ground.attachmentId }),
  "tasks.search": (ground) => ({ ...inOrg(ground), projectId: ground.emptyProjectId, filter: "-has:label" }),
  "fields.get": onProject,
  "fields.create": (ground) => ({ ...onProject(ground), name: "Customer", kind: "text" as const }),
  "fields.update": (ground) => ({ ...onField(ground), name: "Severity of it" }),
  "fields.move": onField,
  "fields.archive": onField,
  "fields.restore": onField,
  "relations.get": (ground) => ({ ...onBoard(ground), taskId: ground.board.task("One") }),
  "relations.create": (ground) => ({
    ...onBoard(ground),
    taskId: ground.board.task("One"),
    name: "relates" as const,
    otherTaskId: ground.board.task("Two"),
  }),
  "relations.delete": (ground) => ({
    ...onBoard(ground),
    taskId: ground.board.task("One"),
    relationId: ground.relationId,
  }),
  "time.start": onOne,
  "time.stop": onBoard,
  "time.create": (ground) => ({ ...onOne(ground), ...HOUR, userId: ground.colleague.id }),
  "time.update": (ground) => ({ ...onEntry(ground), note: "Corrected" }),
  "time.delete": onEntry,
  "time.ofTask": onOne,
  "time.list": inOrg,
  "time.totals": (ground) => ({ ...inOrg(ground), by: "person" as const }),
  "tasks.count": (ground) => ({ ...inOrg(ground), projectId: ground.emptyProjectId, filter: "-has:label" }),
  "tasks.liveCount": (ground) => ({ ...inOrg(ground), projectId: ground.emptyProjectId }),
  "views.list": inOrg,
  "views.create": (ground) => ({
    ...inOrg(ground),
    projectId: ground.emptyProjectId,
    name: "Mine",
    filter: "assignee:me",
  }),
  "views.update": (ground) => ({ ...onView(ground), name: "Renamed" }),
  "views.delete": onView,
  "views.rows": onView,
  "views.count": onView,
  "activity.ofTask": (ground) => ({ ...onBoard(ground), taskId: ground.board.task("One") }),
  "activity.ofBoard": onBoard,
  "activity.ofPerson": (ground) => ({ ...inOrg(ground), userId: ground.colleague.id }),
  "comments.list": (ground) => ({ ...onBoard(ground), taskId: ground.board.task("One") }),
  "comments.history": (ground) => ({ ...onBoard(ground), commentId: ground.commentId }),
  "comments.create": (ground) => ({
    ...onBoard(ground),
    taskId: ground.board.task("One"),
    parentId: ground.commentId,
    text: `See <@${ground.colleague.id}>`,
  }),
  "comments.update": (ground) => ({ ...onComment(ground), text: `Hello <@${ground.colleague.id}>` }),
  "comments.react": (ground) => ({ ...onComment(ground), emoji: "🎉" }),
  "comments.unreact": (ground) => ({ ...onComment(ground), emoji: "👍" }),
  "comments.delete": onComment,
  "reminders.ofTask": (ground) => ({ ...onBoard(ground), taskId: ground.board.task("One") }),
  "watches.list": inOrg,
  "watches.watchers": (ground) => ({ ...onBoard(ground), taskId: ground.board.task("One") }),
} as const satisfies Record<string, (ground: Things) => Record<string, unknown>>;

export type ProcedurePath = keyof typeof INPUTS;

/** The parts of an input that name something within its scope. */
export function idKeys(input: object): string[] {
  return Object.keys(input).filter((key) => /(Id|Ids|after)$/u.test(key) && key !== "orgId" && key !== "boardId");
}

/** An input of a procedure that belongs to nobody but the caller, or to nobody at all; undefined: it takes none. */
export function inputWithoutScope(path: string): unknown {
  const inputs: Record<string, unknown> = {
    "access.explain": { action: "org:read", orgId: randomUUID() },
    "account.rename": { name: "Renamed" },
    "account.delete": { password: "unknown" },
    "audit.listOwn": {},
    "auth.passkeyChallenge": {},
    "auth.reauthenticate": { password: "unknown" },
    "auth.requestSignUp": { email: "new@example.test" },
    "auth.signIn": { email: "new@example.test", password: "unknown" },
    "auth.signInWithCode": { ticket: "unknown", code: "123456" },
    "auth.signInWithPasskey": { ticket: "unknown", credential: "unknown" },
    "auth.signUp": { email: "new@example.test", password: "a new password", name: "New" },
    "authenticator.confirm": { code: "123456" },
    "operations.list": {},
    "operations.get": { operationId: randomUUID() },
    "operations.cancel": { operationId: randomUUID() },
    "calendars.create": {},
    "calendars.revoke": { linkId: randomUUID() },
    "digests.set": { state: "off", hour: 8, timeZone: "UTC" },
    "emails.change": { email: "new@example.test" },
    "emails.confirm": { code: "12345678" },
    "identities.link": { providerId: "unknown" },
    "identities.reauthenticate": { providerId: "unknown" },
    "identities.signIn": { providerId: "unknown" },
    "identities.unlink": { identityId: randomUUID() },
    "me.live": {},
    "members.accept": { token: "unknown" },
    "notifications.count": {},
    "notifications.list": {},
    "notifications.read": { notificationIds: [randomUUID()] },
    "notifications.readAll": { upTo: randomUUID() },
    "notifications.snooze": { notificationIds: [randomUUID()], until: null },
    "notifications.unread": { notificationIds: [randomUUID()] },
    "orgs.create": { name: "Another" },
    "passkeys.create": { name: "Mine", credential: "unknown" },
    "passkeys.delete": { passkeyId: randomUUID() },
    "passkeys.update": { passkeyId: randomUUID(), name: "Mine" },
    "passwords.change": { currentPassword: "unknown", newPassword: "a new password" },
    "passwords.requestReset": { email: "new@example.test" },
    "passwords.reset": { token: "unknown", password: "a new password" },
    "reminders.set": { leadMinutes: [60] },
    "reminders.setOfTask": { boardId: randomUUID(), taskId: randomUUID(), leadMinutes: null },
    "sessions.list": {},
    "sessions.revoke": { sessionId: randomUUID() },
    "watches.set": { subject: { kind: "board", boardId: randomUUID() }, level: "muted" },
  };
  return inputs[path];
}
