import type { ToolCall } from './turns.ts';

/** Reads a chat as it is streamed in OpenAI's format: https://platform.openai.com/docs/api-reference/chat-streaming */

export type ChatPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'thinking'; readonly text: string }
  /** A piece of a call: the first one of an index names it, the others go on with its arguments. */
  | { readonly kind: 'call'; readonly index: number; readonly call: ToolCall }
  | { readonly kind: 'usage'; readonly input: number; readonly output: number }
  | { readonly kind: 'end'; readonly reason: string }
  | { readonly kind: 'error'; readonly error: { readonly message?: string; readonly code?: string } };

type CallChunk = {
  readonly index?: number;
  readonly id?: string;
  readonly function?: { readonly name?: string; readonly arguments?: string };
};
type Chunk = {
  readonly choices?: readonly {
    readonly delta?: {
      readonly content?: string | null;
      readonly reasoning_content?: string | null;
      readonly tool_calls?: readonly CallChunk[] | null;
    };
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: { readonly prompt_tokens?: number; readonly completion_tokens?: number } | null;
  readonly error?: { readonly message?: string; readonly code?: string };
};

/** The parts of an answer in the order in which they come. */
export async function* chatParts(response: Response): AsyncGenerator<ChatPart> {
  for await (const data of events(response)) {
    if (data === '[DONE]') return;
    // What the hub streams in this format are such chunks.
    yield* partsOf(JSON.parse(data) as Chunk);
  }
}

function* partsOf(chunk: Chunk): Generator<ChatPart> {
  if (chunk.error !== undefined) yield { kind: 'error', error: chunk.error };
  const [choice] = chunk.choices ?? [];
  const { reasoning_content: thinking, content, tool_calls: calls } = choice?.delta ?? {};
  if (typeof thinking === 'string' && thinking !== '') yield { kind: 'thinking', text: thinking };
  if (typeof content === 'string' && content !== '') yield { kind: 'text', text: content };
  for (const { index = 0, id = '', function: named } of calls ?? []) {
    yield { kind: 'call', index, call: { id, name: named?.name ?? '', arguments: named?.arguments ?? '' } };
  }
  if (typeof choice?.finish_reason === 'string') yield { kind: 'end', reason: choice.finish_reason };
  if (chunk.usage !== undefined && chunk.usage !== null) {
    const { prompt_tokens: input = 0, completion_tokens: output = 0 } = chunk.usage;
    yield { kind: 'usage', input, output };
  }
}

/** Calls so far, and one more piece. */
export function withPiece(calls: readonly ToolCall[], index: number, piece: ToolCall): readonly ToolCall[] {
  const known = calls[index];
  if (known === undefined) return [...calls, piece];
  const grown = {
    id: known.id === '' ? piece.id : known.id,
    name: `${known.name}${piece.name}`,
    arguments: `${known.arguments}${piece.arguments}`,
  };
  return calls.map((call, at) => (at === index ? grown : call));
}

/** The data of each server-sent event. */
async function* events(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let left = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    left += value;
    const lines = left.split('\n');
    left = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data:')) yield line.slice(5).trim();
  }
}
