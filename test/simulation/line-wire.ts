import { z } from "zod";
import { type LogEvent, toCursor } from "../../server/core/event-log.ts";
import { toEvent } from "../../server/core/live/frames.ts";
import type { Seat, Wire } from "../../server/core/live/wire.ts";
import type { BoardEvent, LiveMessage } from "../../server/events.ts";
import { textsOf } from "../setup/frames.ts";
import type { Line } from "./line.ts";
import type { Heard, Surroundings, Witness } from "./witness.ts";

/** A message of tRPC, as a stock client reads it. */
const Answer = z.strictObject({
  id: z.int(),
  result: z.strictObject({
    type: z.literal("data"),
    data: z.strictObject({
      json: z.strictObject({
        id: z.string(),
        data: z.custom<LiveMessage>((value) => typeof value === "object" && value !== null),
      }),
    }),
    id: z.string(),
  }),
});

/** What the server writes to a line without a generator: real frames, which are read as a client would. */
export class LineWire implements Wire {
  readonly resting = new Set<{ flush(): void }>();
  readonly #line: Line;
  readonly #around: Surroundings;
  readonly #isOpen: () => boolean;
  readonly #witnesses = new Map<number, Witness>();

  constructor(line: Line, around: Surroundings, isOpen: () => boolean) {
    this.#line = line;
    this.#around = around;
    this.#isOpen = isOpen;
  }

  seat(watchId: number, witness: Witness): Seat {
    this.#witnesses.set(watchId, witness);
    return { wire: this, flow: this.#line.flow, opening: `{"id":${watchId}` };
  }

  /** Before anything else is written: nothing may overtake what waits. */
  flush(): void {
    for (const watcher of this.resting) watcher.flush();
  }

  write(frames: Buffer): void {
    if (!this.#isOpen()) return;
    for (const text of textsOf(frames)) {
      const { id: watchId, result } = Answer.parse(JSON.parse(text));
      const { id, data } = result.data.json;
      if (result.id !== id) this.#around.report(`L6: ${id} is tracked as ${result.id}`);
      const witness = this.#witnesses.get(watchId);
      witness?.saw(id, this.#read(witness.streamId, id, data));
      this.#around.count(this.resting.size > 0 ? `${data.type === "head" ? "head" : "event"} at rest` : "event awake");
      this.#line.write({ watchId, type: "message", id, data }, text.length);
    }
  }

  #read(streamId: string, id: string, data: LiveMessage): Heard {
    if (data.type === "head") return data;
    if (data.type === "snapshot") return { type: "snapshot", part: data };
    const event = this.#around.history.find(streamId, id)?.event ?? unknownEvent(streamId, id, data);
    if (toCursor(event) !== id || JSON.stringify(toEvent(event)) !== JSON.stringify(data)) {
      this.#around.report(`L18: ${id} of ${streamId} was written as something else`);
    }
    return { type: "event", event };
  }
}

function unknownEvent(streamId: string, id: string, data: BoardEvent): LogEvent {
  return { ...data, streamId, nonce: Number(id.split(".")[1]), accessVersion: 0 };
}
