import { setTimeout as wait } from 'node:timers/promises';
import { Agent, type Dispatcher, errors, request } from 'undici';
import { assertNever } from '../../src/kernel/assert.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { parseJsonOrUndefined } from '../../src/kernel/json.ts';
import { CALLERS } from '../support/callers.ts';
import type { ProviderDialect } from '../support/provider-scene.ts';
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
  /** Whether a stream came to its end, as this caller's dialect has one. */
  readonly isWhole: (text: string) => boolean;
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

/** Who asks whom in another dialect: where the caller names its end user, and what ends its streams. */
type Translated = {
  readonly dialect: string;
  readonly connection: ProviderDialect;
  readonly user: (id: string) => JsonObject;
  readonly end: string;
};

const DONE = 'data: [DONE]';
const asUser = (id: string): JsonObject => ({ user: id });

const TRANSLATED: readonly Translated[] = [
  {
    dialect: 'anthropic-messages',
    connection: 'openai-chat',
    user: (id) => ({ metadata: { user_id: id } }),
    end: 'event: message_stop',
  },
  { dialect: 'openai-chat', connection: 'anthropic-messages', user: asUser, end: DONE },
  { dialect: 'openai-chat', connection: 'openai-responses', user: asUser, end: DONE },
  { dialect: 'aigne-chat', connection: 'openai-chat', user: asUser, end: DONE },
  {
    dialect: 'openai-responses',
    connection: 'anthropic-messages',
    user: (id) => ({ safety_identifier: id }),
    end: 'event: response.completed',
  },
];

const textFor = (id: string): string => `Request ${id} asks for a few words.`;

/** The id of a chaos caller's request in what reached a provider, whatever the format. */
export function requestIdIn(body: JsonObject): string | undefined {
  return /Request (c\d+-\d+) asks/.exec(JSON.stringify(body))?.[1];
}

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
  const kind = random.pick(['chat', 'chat', 'translated', 'translated', 'completions', 'embeddings'] as const);
  const stream = kind !== 'embeddings' && random.next() < 0.5;
  const model = kind === 'embeddings' ? CHAOS_EMBEDDING_MODEL : random.pick(CHAOS_CHAT_MODELS);
  const text = textFor(clientRequestId);
  const common = { model: `${connection}/${model}`, user: clientRequestId };
  const withStream = { ...common, ...(stream ? { stream: true } : {}) };
  const isMeantToFail = /@(\d{3}|cut)/.test(model);
  const idHeader = random.pick(['x-request-id', 'x-client-request-id'] as const);
  const leaveAfterBytes = stream && random.next() < LEAVE_SHARE ? random.between(1, 2_000) : undefined;
  const isWhole = (answer: string): boolean => answer.includes(DONE);
  const ask = { clientRequestId, idHeader, leaveAfterBytes, isMeantToFail, isWhole };
  switch (kind) {
    case 'chat':
      return {
        ...ask,
        path: '/v1/chat/completions',
        body: { ...withStream, messages: [{ role: 'user', content: text }] },
      };
    case 'translated':
      return { ...ask, ...drawTranslated(random, { id: clientRequestId, model, stream, leaveAfterBytes }) };
    case 'completions':
      return { ...ask, path: '/v1/completions', body: { ...withStream, prompt: text } };
    case 'embeddings':
      return { ...ask, path: '/v1/embeddings', body: { ...common, input: text } };
    default:
      return assertNever(kind);
  }
}

function drawTranslated(
  random: Random,
  drawn: {
    readonly id: string;
    readonly model: string;
    readonly stream: boolean;
    readonly leaveAfterBytes: number | undefined;
  },
): Pick<Ask, 'path' | 'body' | 'isWhole' | 'leaveAfterBytes'> {
  const { id, model, stream, leaveAfterBytes } = drawn;
  const { dialect, connection, user, end } = random.pick(TRANSLATED);
  const caller = CALLERS.find((kind) => kind.dialect === dialect);
  if (caller === undefined) throw new Error(`nobody speaks ${dialect}`);
  const call = caller.ask({ model: `${connection}/${model}`, stream, text: textFor(id), more: user(id) });
  return {
    path: caller.path,
    body: call.body,
    isWhole: (text) => text.includes(end),
    // A call that AIGNE's callers left goes on for longer than the loop does.
    leaveAfterBytes: dialect === 'aigne-chat' ? undefined : leaveAfterBytes,
  };
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
  return { outcome: ask.isWhole(text) ? 'completed' : 'broken', httpStatus };
}

/** Errors that a killed hub causes at its callers; any other is a fault of this program. */
function isConnectionError(error: unknown): boolean {
  if (error instanceof errors.UndiciError) return true;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('E');
}
