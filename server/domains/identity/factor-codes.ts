import type { Db } from "../../../db/client.ts";
import { AppError } from "../../core/app-error.ts";
import type { AppServices } from "../../core/context.ts";
import { tryStep, useStep } from "./authenticator.service.ts";
import { RECOVERY_CODE_USED } from "./factor-mails.ts";
import { tellOwner } from "./factors.service.ts";
import { useRecoveryCode } from "./recovery-codes.ts";

/**
 * Looks at a code of an account: one of its authenticator, or a recovery code. It is used by what is answered, in the
 * transaction of what it is for, once however many come at once. Both fail: CODE_WRONG, CODES_TOO_MANY.
 */
export async function tryCode(
  app: AppServices,
  { userId, code }: { userId: string; code: string },
): Promise<(tx: Db) => Promise<void>> {
  if (/^\d{6}$/u.test(code)) {
    const step = await tryStep(app, { userId, code });
    return (tx) => useStep(app, tx, { userId, step });
  }
  return async (tx) => {
    if (!(await useRecoveryCode(tx, userId, code))) throw new AppError("CODE_WRONG");
    await tellOwner(app, tx, { userId, kind: RECOVERY_CODE_USED });
  };
}
