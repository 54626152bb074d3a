import { GatewayError } from '../kernel/errors.ts';
import type {
  CountedLimit,
  LimitCounters,
  SubjectCount,
  Take,
  TakeResult,
  TakingCall,
  UsedByCall,
} from '../limits/ports.ts';

/** The primary of this machine answers at once, unless it asks the store what was used before. */
const ANSWER_MS = 5000;

/** What a worker asks of the primary, which has the counts of all. */
export type LimitsQuestion =
  | { readonly kind: 'take'; readonly call: TakingCall; readonly takes: readonly Take[] }
  | { readonly kind: 'end'; readonly callId: string; readonly used: UsedByCall }
  | { readonly kind: 'peek'; readonly limits: readonly CountedLimit[]; readonly now: number };

/** `undefined` where the counts cannot be had, or nothing is to be told. */
export type LimitsAnswer = TakeResult | readonly (readonly SubjectCount[])[] | undefined;

/** Counts that another process has. */
export function createRemoteCounters(ask: (id: number, question: LimitsQuestion) => void): {
  readonly counters: LimitCounters;
  /** Takes the answer to a question. */
  readonly answer: (id: number, answer: LimitsAnswer) => void;
} {
  const waiting = new Map<number, (answer: LimitsAnswer) => void>();
  let lastId = 0;
  const asked = (question: LimitsQuestion): Promise<NonNullable<LimitsAnswer>> =>
    new Promise((resolve, reject) => {
      lastId += 1;
      const id = lastId;
      const settle = (answer: LimitsAnswer): void => {
        clearTimeout(timer);
        waiting.delete(id);
        if (answer === undefined) reject(new GatewayError('hub.store_unavailable', { retryAfterSeconds: 1 }));
        else resolve(answer);
      };
      const timer = setTimeout(() => settle(undefined), ANSWER_MS);
      waiting.set(id, settle);
      ask(id, question);
    });
  return {
    counters: {
      take: async (call, takes) => {
        const answer = await asked({ kind: 'take', call, takes });
        if ('kind' in answer) return answer;
        throw new Error('the primary answered something else');
      },
      end: (callId, used) => ask(0, { kind: 'end', callId, used }),
      peek: async (limits, now) => {
        const answer = await asked({ kind: 'peek', limits, now });
        if ('kind' in answer) throw new Error('the primary answered something else');
        return answer;
      },
    },
    answer: (id, answer) => waiting.get(id)?.(answer),
  };
}

/** Answers a question out of the counts of this process. @throws GatewayError where they cannot be had */
export async function answerQuestion(counters: LimitCounters, question: LimitsQuestion): Promise<LimitsAnswer> {
  switch (question.kind) {
    case 'take':
      return await counters.take(question.call, question.takes);
    case 'end':
      counters.end(question.callId, question.used);
      return undefined;
    case 'peek':
      return await counters.peek(question.limits, question.now);
  }
}
