import { useRef, useState } from 'react';
import { CallError, call } from '../../api/call.ts';
import type { ModelAccess } from './access.ts';
import { type Asked, bodyOf } from './chat-body.ts';
import { chatParts, withPiece } from './chat-stream.ts';
import { type Attachment, type Facts, openCalls, type Turn } from './turns.ts';

const COST_TRIES = 5;
const COST_EVERY_MS = 400;

const NO_FACTS: Facts = {
  firstMs: undefined,
  wholeMs: 0,
  input: undefined,
  output: undefined,
  endReason: undefined,
  requestId: undefined,
  losses: undefined,
  costNano: undefined,
};

type ChangeTurn = (changes: (turn: Turn) => Partial<Turn>) => void;

/** A conversation with one model. */
export function useChat(access: ModelAccess, before: readonly Turn[]) {
  const [turns, setTurns] = useState<readonly Turn[]>(before);
  const [isBusy, setIsBusy] = useState(false);
  const running = useRef<AbortController>(undefined);

  /** Has the model answer what was said so far. */
  const goOn = async (said: readonly Turn[], shown: readonly Turn[], asked: Asked): Promise<void> => {
    const body = bodyOf(said, asked);
    const schema = body.response_format?.json_schema.schema;
    const answer: Turn = { ...turnOf('assistant', ''), ...(schema === undefined ? {} : { schema }) };
    const change: ChangeTurn = (changes) =>
      setTurns((all) => all.map((turn) => (turn.id === answer.id ? { ...turn, ...changes(turn) } : turn)));
    setTurns([...shown, answer]);
    setIsBusy(true);
    const controller = new AbortController();
    running.current = controller;
    const facts = await hear({ access, body, change, signal: controller.signal });
    // A call that was broken off cannot be answered.
    if (controller.signal.aborted) change(() => ({ toolCalls: [] }));
    change(() => ({ facts }));
    setIsBusy(false);
    if (facts.requestId === undefined) return;
    const costNano = await costOf(facts.requestId);
    change(() => ({ facts: { ...facts, costNano } }));
  };
  const heard = turns.filter((turn) => turn.error === undefined);

  return {
    turns,
    isBusy,
    ask: async (text: string, attachments: readonly Attachment[], asked: Asked): Promise<void> => {
      const mine = { ...turnOf('user', text), attachments };
      await goOn([...heard, mine], [...turns, mine], asked);
    },
    /** Gives the results of the calls of the last answer, in their order. */
    giveResults: async (results: readonly string[], asked: Asked): Promise<void> => {
      const given = openCalls(turns).map(
        ({ id }, index): Turn => ({ ...turnOf('tool', results[index] ?? ''), toolCallId: id }),
      );
      await goOn([...heard, ...given], [...turns, ...given], asked);
    },
    stop: () => running.current?.abort(),
    /** Goes on with another conversation; without a turn, with a new one. */
    replace: (other: readonly Turn[]) => {
      running.current?.abort();
      setTurns(other);
    },
  };
}

type Hearing = {
  readonly access: ModelAccess;
  readonly body: ReturnType<typeof bodyOf>;
  readonly change: ChangeTurn;
  readonly signal: AbortSignal;
};

/** Asks, and shows the answer as it comes. */
async function hear({ access, body, change, signal }: Hearing): Promise<Facts> {
  const started = performance.now();
  let facts = NO_FACTS;
  try {
    const streamed = { ...body, stream: true, stream_options: { include_usage: true } };
    const response = await access.send('/v1/chat/completions', streamed, signal);
    facts = {
      ...facts,
      requestId: response.headers.get('x-request-id') ?? undefined,
      losses: response.headers.get('x-hub-losses') ?? undefined,
    };
    for await (const part of chatParts(response)) {
      facts = { ...facts, firstMs: facts.firstMs ?? performance.now() - started };
      if (part.kind === 'text') change((turn) => ({ text: turn.text + part.text }));
      if (part.kind === 'thinking') change((turn) => ({ thinking: turn.thinking + part.text }));
      if (part.kind === 'call') {
        change((turn) => ({ toolCalls: withPiece(turn.toolCalls ?? [], part.index, part.call) }));
      }
      if (part.kind === 'usage') facts = { ...facts, input: part.input, output: part.output };
      if (part.kind === 'end') facts = { ...facts, endReason: part.reason };
      if (part.kind === 'error') throw new CallError(502, part.error);
    }
  } catch (error) {
    if (!signal.aborted) {
      // A stream that breaks, or is none, is the same to who reads it.
      const shown = error instanceof CallError ? error : new CallError(0, {});
      change(() => ({ error: shown }));
    }
  }
  return { ...facts, wholeMs: performance.now() - started };
}

/** What a call cost, once it is written down; records are durable before the answer ends, and may be read a moment later. */
async function costOf(requestId: string): Promise<string | undefined> {
  for (let tried = 0; tried < COST_TRIES; tried += 1) {
    try {
      const { usage_record: record } = await call('getUsageOfRequest', { params: { request_id: requestId } });
      return record.cost_nano_usd;
    } catch (error) {
      if (!(error instanceof CallError) || error.status !== 404) return undefined;
    }
    await new Promise((resolve) => setTimeout(resolve, COST_EVERY_MS));
  }
  return undefined;
}

let lastId = Date.now();

function turnOf(role: Turn['role'], text: string): Turn {
  lastId += 1;
  return { id: lastId, role, text, thinking: '', attachments: [] };
}
