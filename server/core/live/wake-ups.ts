/** Stands for "look for yourself": the stream may be gone, or anything else. */
export const UNKNOWN_VERSION = 0;

/** What a process hears of the others. Carries no truth: a wake-up may be lost, doubled, late or wrong (rule L13). */
export interface WakeUpListener {
  readonly onWake: (streamId: string, version: number) => void;
  /** Nothing was heard until now: whatever was told before is to be looked for. */
  readonly onListening: () => void;
}

/** How a process tells the others what it committed (rule L12). */
export interface WakeUps {
  /** Told soon, together with what else there is to tell; never waited for. */
  tell(streamId: string, version: number): void;
  close(): Promise<void>;
}

/** An engine that carries wake-ups: Postgres by `NOTIFY`, or another one in its place. */
export type WakeUpEngine = (listener: WakeUpListener) => WakeUps;

export const noWakeUps: WakeUpEngine = () => ({ tell: () => {}, close: async () => {} });
