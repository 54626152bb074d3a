import { useRef, useState } from 'react';
import { CallError, call } from '../../api/call.ts';
import type { ModelAccess } from './access.ts';
import { chatParts } from './chat-stream.ts';

export type Picture = { readonly name: string; readonly url: string };

export type Turn = {
  readonly id: number;
  readonly role: 'user' | 'assistant';
  readonly text: string;
  readonly thinking: string;
  readonly pictures: readonly Picture[];
  readonly facts?: Facts;
  readonly error?: CallError;
};

/** What an answer took. */
export type Facts = {
  readonly firstMs: number | undefined;
  readonly wholeMs: number;
  readonly input: number | undefined;
  readonly output: number | undefined;
  readonly endReason: string | undefined;
  readonly requestId: string | undefined;
  /** Missing until the hub has written it down, and where the model has no price. */
  readonly costNano: string | undefined;
};

export type Parameters = {
  readonly system: string;
  readonly temperature: string;
  readonly maxTokens: string;
  readonly effort: '' | 'low' | 'medium' | 'high';
};

type Asked = { readonly model: string; readonly parameters: Parameters };

const COST_TRIES = 5;
const COST_EVERY_MS = 400;

/** A conversation with one model. */
export function useChat(access: ModelAccess, before: readonly Turn[]) {
  const [turns, setTurns] = useState<readonly Turn[]>(before);
  const [isBusy, setIsBusy] = useState(false);
  const running = useRef<AbortController>(undefined);
  const change = (id: number, changes: (turn: Turn) => Partial<Turn>): void =>
    setTurns((all) => all.map((turn) => (turn.id === id ? { ...turn, ...changes(turn) } : turn)));

  const ask = async (text: string, pictures: readonly Picture[], asked: Asked): Promise<void> => {
    const mine: Turn = { id: nextId(), role: 'user', text, thinking: '', pictures };
    const answer: Turn = { id: nextId(), role: 'assistant', text: '', thinking: '', pictures: [] };
    const said = [...turns.filter((turn) => turn.error === undefined), mine];
    setTurns([...turns, mine, answer]);
    setIsBusy(true);
    const controller = new AbortController();
    running.current = controller;
    const started = performance.now();
    let facts: Facts = {
      firstMs: undefined,
      wholeMs: 0,
      input: undefined,
      output: undefined,
      endReason: undefined,
      requestId: undefined,
      costNano: undefined,
    };
    try {
      const response = await access.send('/v1/chat/completions', bodyOf(said, asked), controller.signal);
      facts = { ...facts, requestId: response.headers.get('x-request-id') ?? undefined };
      for await (const part of chatParts(response)) {
        facts = { ...facts, firstMs: facts.firstMs ?? performance.now() - started };
        if (part.kind === 'text') change(answer.id, (turn) => ({ text: turn.text + part.text }));
        if (part.kind === 'thinking') change(answer.id, (turn) => ({ thinking: turn.thinking + part.text }));
        if (part.kind === 'usage') facts = { ...facts, input: part.input, output: part.output };
        if (part.kind === 'end') facts = { ...facts, endReason: part.reason };
        if (part.kind === 'error') throw new CallError(502, { message: part.message });
      }
    } catch (error) {
      if (!controller.signal.aborted) {
        // A stream that breaks, or is none, is the same to who reads it.
        const shown = error instanceof CallError ? error : new CallError(0, {});
        change(answer.id, () => ({ error: shown }));
      }
    } finally {
      facts = { ...facts, wholeMs: performance.now() - started };
      change(answer.id, () => ({ facts }));
      setIsBusy(false);
    }
    const { requestId } = facts;
    if (requestId === undefined) return;
    const costNano = await costOf(requestId);
    change(answer.id, () => ({ facts: { ...facts, costNano } }));
  };

  return {
    turns,
    isBusy,
    ask,
    stop: () => running.current?.abort(),
    clear: () => {
      running.current?.abort();
      setTurns([]);
    },
  };
}

/** The body of a call, as "get code" shows it, too. */
export function bodyOf(turns: readonly Turn[], { model, parameters }: Asked) {
  const { system, temperature, maxTokens, effort } = parameters;
  return {
    model,
    messages: [
      ...(system.trim() === '' ? [] : [{ role: 'system', content: system }]),
      ...turns.map(({ role, text, pictures }) => ({
        role,
        content:
          pictures.length === 0
            ? text
            : [{ type: 'text', text }, ...pictures.map(({ url }) => ({ type: 'image_url', image_url: { url } }))],
      })),
    ],
    ...(temperature === '' ? {} : { temperature: Number(temperature) }),
    ...(maxTokens === '' ? {} : { max_tokens: Number(maxTokens) }),
    ...(effort === '' ? {} : { reasoning_effort: effort }),
    stream: true,
    stream_options: { include_usage: true },
  };
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
function nextId(): number {
  lastId += 1;
  return lastId;
}
