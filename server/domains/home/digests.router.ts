import { z } from "zod";
import { router, userMutation, userProcedure } from "../../core/trpc.ts";
import { Digest, SetDigest } from "./digests.contract.ts";
import { getDigest, setDigest } from "./digests.service.ts";

export const digestsRouter = router({
  /** When the caller gets a mail of what they have not read. */
  get: userProcedure.output(Digest).query(({ ctx }) => getDigest(ctx.db, ctx.user.id)),

  /** Sets that. Announces `digest.changed`. Fails: EMAIL_UNPROVED, for an address that nobody has proved is theirs. */
  set: userMutation()
    .input(SetDigest)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(setDigest, input)),
});
