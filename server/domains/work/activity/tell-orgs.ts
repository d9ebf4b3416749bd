import { type OrgData, quoted, ref, say, type Tellers, told } from "./words.ts";

/** How what happens in an organisation is told. */
export const TELL_ORGS: Tellers<keyof OrgData, OrgData> = {
  "org.updated": ({ name, slug }) =>
    told(say`called the organisation ${quoted(name)}`, [
      { field: "name", to: name },
      { field: "slug", to: slug },
    ]),
  "org.factor-demanded": ({ factorDueAt }) =>
    told(factorDueAt === null ? say`demands no second factor any more` : say`demanded a second factor of all members`, [
      { field: "factorDueAt", to: factorDueAt },
    ]),
  "member.joined": ({ userId, role }) =>
    told(say`brought ${ref("person", userId)} in as ${role}`, [{ field: "role", of: ref("person", userId), to: role }]),
  "member.role-changed": ({ userId, role }) =>
    told(say`made ${ref("person", userId)} ${role}`, [{ field: "role", of: ref("person", userId), to: role }]),
  "member.renamed": ({ userId, name }) =>
    told(say`go by another name`, [{ field: "name", of: ref("person", userId), to: name }]),
  "member.removed": ({ userId }) =>
    told(say`took ${ref("person", userId)} out of the organisation`, [
      { field: "role", of: ref("person", userId), to: null },
    ]),
  "invitation.created": ({ role }) => told(say`invited somebody as ${role}`, [{ field: "role", to: role }]),
  "invitation.revoked": () => told(say`took back an invitation`),
  "role.created": ({ role }) => told(say`made the role ${ref("role", role.id)}`),
  "role.updated": ({ role }) => told(say`changed the role ${ref("role", role.id)}`),
  "role.deleted": ({ roleId }) => told(say`deleted ${ref("role", roleId)}`),
  "rule.created": ({ projectId }) => told(say`made a rule of ${ref("project", projectId)}`),
  "rule.updated": ({ projectId }) => told(say`changed a rule of ${ref("project", projectId)}`),
  "rule.deleted": ({ projectId }) => told(say`deleted a rule of ${ref("project", projectId)}`),
  "project.created": ({ project }) => told(say`began the project ${ref("project", project.id)}`),
  "project.updated": ({ project }) =>
    told(say`changed the project ${ref("project", project.id)}`, [{ field: "name", to: project.name }]),
  "project.archived": ({ project }) =>
    told(say`archived the project ${ref("project", project.id)}`, [{ field: "state", from: "open", to: "archived" }]),
  "project.deleted": ({ projectId }) => told(say`deleted ${ref("project", projectId)}`),
  "view.created": ({ view }) => told(say`shared the view ${quoted(view.name)}`),
  "view.updated": ({ view }) => told(say`changed the view ${quoted(view.name)}`),
  "view.deleted": () => told(say`took back a view`),
  "board.created": ({ board }) => told(say`made the board ${ref("board", board.id)}`),
  "board.changed": ({ board }) => told(say`changed the board ${ref("board", board.id)}`),
  "board.hidden": ({ boardId }) => told(say`took ${ref("board", boardId)} out of the sight of the organisation`),
};
