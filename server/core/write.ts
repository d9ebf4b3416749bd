import type { ActorOf } from "./access-under-lock.ts";
import { type Batches, carryOut } from "./batches.ts";
import { type BatchedService, Command, type RepeatService, type WriteCall, type WriteService } from "./command.ts";
import { newId } from "./ids.ts";
import type { TransactionServices } from "./transaction.ts";
import type { WriteScope } from "./tx.ts";

/** What a write needs of the process around it. */
export interface WriteServices extends TransactionServices {
  readonly batches: Batches;
}

/**
 * The one way to change something: locks the stream of the scope, answers a repeated `mutationId`, loads the actor's
 * access under the lock, runs the service, writes events and result, commits, and tells the hub (rules L1 to L5).
 * Commands of batched services that wait at the same time share a transaction, each with its own answer.
 */
export function write<Scope extends WriteScope, Input extends { mutationId?: string | undefined }, Output>(
  services: WriteServices,
  call: WriteCall<Scope>,
  {
    service,
    input,
    repeat,
  }: {
    service: WriteService<ActorOf<Scope>, Input, Output> | BatchedService<ActorOf<Scope>, Input, Output>;
    input: Input;
    repeat?: RepeatService<Input, Output> | undefined;
  },
): Promise<Output> {
  const mutationId = input.mutationId ?? newId();
  const command = new Command(call, { service, input: { ...input, mutationId }, repeat });
  if (command.isBatched) services.batches.add(command);
  else void carryOut(services, [command]);
  return command.answer;
}
