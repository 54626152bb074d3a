import { setTimeout as wait } from 'node:timers/promises';
import { Agent, type Dispatcher, errors, request } from 'undici';
import { assertNever } from '../../src/kernel/assert.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { parseJsonOrUndefined } from '../../src/kernel/json.ts';
import type { Random } from '../support/random.ts';
import type { Seen } from './verdict.ts';

/** Which hub is asked right now; `undefined` while there is none. */
export type Target = { readonly address: string; readonly cycle: number };

export type CallersInput = {
  readonly count: number;
  readonly random: Random;
  readonly key: string;
  /** Prefix of the model names, as in `fake/fake-small`. */
  readonly connection: string;
  /** Read before every request; callers wait while it gives nothing. */
  readonly target: () => Target | undefined;
};

export type Callers = {
  /** What they saw so far. */
  readonly seen: readonly Seen[];
  /** Lets every caller end its request; resolves when none is under way. */
  readonly stop: () => Promise<void>;
};

type Ask = {
  readonly clientRequestId: string;
  readonly idHeader: 'x-request-id' | 'x-client-request-id';
  readonly path: string;
  readonly body: JsonObject;
  /** Hang up after so many bytes of the answer. */
  readonly leaveAfterBytes: number | undefined;
  readonly isMeantToFail: boolean;
};

const WAIT_FOR_HUB_MS = 5;
const REQUEST_TIMEOUT_MS = 30_000;
const LEAVE_SHARE = 0.04;
/** Chat models that are asked, with what each does. */
export const CHAOS_CHAT_MODELS = [
  'fake-small',
  'fake-small@events:20+delay:2',
  'fake-small@events:60+delay:5',
  'fake-small@wait:30',
  'fake-large@wait:150',
  'fake-small@500',
  'fake-small@cut:reset:events:3',
] as const;

export const CHAOS_EMBEDDING_MODEL = 'fake-embed';

/** Starts callers that ask one request after the other, streams and not, and write down how each ended. */
export function startCallers(input: CallersInput): Callers {
  const agent = new Agent({ connections: input.count, pipelining: 1 });
  const seen: Seen[] = [];
  let isStopped = false;
  let serial = 0;
  const call = async (): Promise<void> => {
    while (!isStopped) {
      const target = input.target();
      if (target === undefined) {
        await wait(WAIT_FOR_HUB_MS);
        continue;
      }
      serial += 1;
      const ask = draw(input, `c${target.cycle}-${serial}`);
      const ended = await send(ask, { input, agent, address: target.address });
      seen.push({ ...ended, clientRequestId: ask.clientRequestId, isMeantToFail: ask.isMeantToFail });
      // A hub that is gone refuses at once; asking it in a tight loop would starve the others.
      if (ended.outcome === 'broken') await wait(WAIT_FOR_HUB_MS);
    }
  };
  const running = Array.from({ length: input.count }, () => call());
  return {
    seen,
    stop: async () => {
      isStopped = true;
      await Promise.all(running);
      await agent.close();
    },
  };
}

function draw({ random, connection }: CallersInput, clientRequestId: string): Ask {
  const kind = random.pick(['chat', 'chat', 'chat', 'completions', 'embeddings'] as const);
  const stream = kind !== 'embeddings' && random.next() < 0.5;
  const model = kind === 'embeddings' ? CHAOS_EMBEDDING_MODEL : random.pick(CHAOS_CHAT_MODELS);
  const text = `Request ${clientRequestId} asks for a few words.`;
  const common = { model: `${connection}/${model}`, user: clientRequestId };
  const withStream = { ...common, ...(stream ? { stream: true } : {}) };
  const isMeantToFail = /@(\d{3}|cut)/.test(model);
  const idHeader = random.pick(['x-request-id', 'x-client-request-id'] as const);
  const leaveAfterBytes = stream && random.next() < LEAVE_SHARE ? random.between(1, 2_000) : undefined;
  const ask = { clientRequestId, idHeader, leaveAfterBytes, isMeantToFail };
  switch (kind) {
    case 'chat':
      return {
        ...ask,
        path: '/v1/chat/completions',
        body: { ...withStream, messages: [{ role: 'user', content: text }] },
      };
    case 'completions':
      return { ...ask, path: '/v1/completions', body: { ...withStream, prompt: text } };
    case 'embeddings':
      return { ...ask, path: '/v1/embeddings', body: { ...common, input: text } };
    default:
      return assertNever(kind);
  }
}

type Ended = Pick<Seen, 'outcome' | 'httpStatus'>;

async function send(
  ask: Ask,
  { input, agent, address }: { readonly input: CallersInput; readonly agent: Agent; readonly address: string },
): Promise<Ended> {
  let response: Dispatcher.ResponseData;
  try {
    response = await request(`${address}${ask.path}`, {
      dispatcher: agent,
      method: 'POST',
      headers: {
        authorization: `Bearer ${input.key}`,
        'content-type': 'application/json',
        [ask.idHeader]: ask.clientRequestId,
      },
      body: JSON.stringify(ask.body),
      headersTimeout: REQUEST_TIMEOUT_MS,
      bodyTimeout: REQUEST_TIMEOUT_MS,
    });
  } catch (error) {
    if (!isConnectionError(error)) throw error;
    return { outcome: 'broken', httpStatus: undefined };
  }
  return readAnswer(ask, response);
}

async function readAnswer(ask: Ask, response: Dispatcher.ResponseData): Promise<Ended> {
  const httpStatus = response.statusCode;
  let text = '';
  try {
    for await (const part of response.body) {
      text += String(part);
      if (ask.leaveAfterBytes !== undefined && text.length >= ask.leaveAfterBytes)
        return { outcome: 'left', httpStatus };
    }
  } catch (error) {
    if (!isConnectionError(error)) throw error;
    return { outcome: 'broken', httpStatus };
  }
  if (httpStatus !== 200) return { outcome: 'refused', httpStatus };
  if (ask.body['stream'] !== true) {
    return { outcome: parseJsonOrUndefined(text) === undefined ? 'broken' : 'completed', httpStatus };
  }
  return { outcome: text.includes('data: [DONE]') ? 'completed' : 'broken', httpStatus };
}

/** Errors that a killed hub causes at its callers; any other is a fault of this program. */
function isConnectionError(error: unknown): boolean {
  if (error instanceof errors.UndiciError) return true;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('E');
}
