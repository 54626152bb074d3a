import type { JsonObject } from '../../src/kernel/json.ts';
import { callHub, chatBody, type HubAnswer } from './hub-calls.ts';
import type { HubProcess } from './hub-process.ts';

/** One call of a load and how it ended. Times are milliseconds since the epoch. */
export type LoadedCall = {
  readonly startedAt: number;
  readonly endedAt: number;
  /** `undefined` where no head of an answer came. */
  readonly answer: HubAnswer | undefined;
};

/** Callers who ask one thing after the other until they are told to stop. */
export type Load = {
  /** What has ended so far. */
  readonly calls: readonly LoadedCall[];
  /** Resolves when every call under way has ended. */
  readonly stop: () => Promise<readonly LoadedCall[]>;
};

/** Starts `callers` that call a hub in parallel, each on a new connection for every call. */
export function startLoad(
  hub: Pick<HubProcess, 'address'>,
  secret: string,
  options: { readonly callers: number; readonly body?: JsonObject },
): Load {
  return startCallers(options.callers, () => callHub(hub, secret, { body: options.body ?? chatBody() }));
}

/** As {@link startLoad}, of whatever is asked. */
export function startCallers(callers: number, ask: () => Promise<HubAnswer>): Load {
  const calls: LoadedCall[] = [];
  let isOver = false;
  const run = async (): Promise<void> => {
    while (!isOver) {
      const startedAt = Date.now();
      // A hub that is gone refuses the connection; that is an outcome, too.
      const answer = await ask().catch(() => undefined);
      calls.push({ startedAt, endedAt: Date.now(), answer });
      if (answer === undefined) isOver = true;
    }
  };
  const running = Promise.all(Array.from({ length: callers }, run));
  return {
    calls,
    stop: async () => {
      isOver = true;
      await running;
      return calls;
    },
  };
}

/** The calls that were answered as they should be. */
export function served(calls: readonly LoadedCall[]): readonly LoadedCall[] {
  return calls.filter(({ answer }) => answer?.status === 200 && answer.isComplete);
}
