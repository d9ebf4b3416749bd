import { z } from "zod";
import { orgMutation, orgProcedure, router } from "../../core/trpc.ts";
import {
  ArchiveProject,
  CreateProject,
  DeleteProject,
  ListProjects,
  Project,
  ProjectPage,
  UpdateProject,
} from "./projects.contract.ts";
import { archiveProject, createProject, deleteProject, listProjects, updateProject } from "./projects.service.ts";

export const projectsRouter = router({
  /** Creates a project; its key is the `KEY` of `KEY-12`. */
  create: orgMutation("project:create")
    .input(CreateProject)
    .output(Project)
    .mutation(({ ctx, input }) => ctx.write(createProject, input)),

  /** The projects that the caller may see, by name. */
  list: orgProcedure("project:list")
    .input(ListProjects)
    .output(ProjectPage)
    .query(({ ctx, input }) => listProjects(ctx.db, ctx.actor, input)),

  /** Renames a project, or restores it with `state: "open"`. */
  update: orgMutation("project:update")
    .input(UpdateProject)
    .output(Project)
    .mutation(({ ctx, input }) => ctx.write(updateProject, input)),

  /** Archives a project: no new boards in it. */
  archive: orgMutation("project:archive")
    .input(ArchiveProject)
    .output(Project)
    .mutation(({ ctx, input }) => ctx.write(archiveProject, input)),

  /** Deletes a project without boards. */
  delete: orgMutation("project:delete")
    .input(DeleteProject)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(deleteProject, input)),
});
