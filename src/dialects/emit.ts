import { assertNever } from '../kernel/assert.ts';
import type { AnsweredPart, BlockHead, ChatEvent, ChatResponse } from '../protocol/chat-events.ts';

/** A whole answer as its events: the reverse of collecting them. */
export function emitResponse(response: ChatResponse): readonly ChatEvent[] {
  const events: ChatEvent[] = [
    { type: 'start', id: response.id, servedModel: response.servedModel, serviceTier: response.serviceTier },
  ];
  let block = 0;
  for (const { index, parts, reason } of response.choices) {
    for (const part of parts) {
      emitPart(events, part, { choice: index, block });
      block += 1;
    }
    events.push({ type: 'choice-end', choice: index, reason });
  }
  events.push({ type: 'usage', read: response.usage }, { type: 'finish' });
  return events;
}

function emitPart(events: ChatEvent[], part: AnsweredPart, at: { readonly choice: number; readonly block: number }) {
  const { block } = at;
  events.push({ type: 'block-start', ...at, head: headOf(part) });
  const text = contentOf(part);
  if (text !== '') events.push({ type: 'block-delta', block, text });
  if (part.transcript !== undefined && part.transcript !== '') {
    events.push({ type: 'block-transcript', block, text: part.transcript });
  }
  if (part.type === 'text') {
    for (const citation of part.citations ?? []) events.push({ type: 'block-citation', block, citation });
  }
  if (part.logprobs !== undefined) events.push({ type: 'block-logprobs', block, logprobs: part.logprobs });
  if ('opaque' in part && part.opaque !== undefined) {
    events.push({ type: 'block-opaque', block, opaque: part.opaque });
  }
  events.push({ type: 'block-end', block });
}

function headOf(part: AnsweredPart): BlockHead {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { kind: part.type };
    case 'reasoning':
      return {
        kind: 'reasoning',
        ...(part.id === undefined ? {} : { id: part.id }),
        ...(part.isSummary === undefined ? {} : { isSummary: part.isSummary }),
      };
    case 'tool-call':
      return { kind: 'tool-call', id: part.id, name: part.name, toolKind: part.kind };
    case 'image':
      return { kind: 'image', mediaType: part.source.from === 'base64' ? part.source.mediaType : 'image/png' };
    case 'audio':
      return { kind: 'audio', format: part.format, ...(part.audioId === undefined ? {} : { id: part.audioId }) };
    case 'foreign':
      return { kind: 'foreign', dialect: part.dialect, name: part.kind, value: part.value };
    default:
      return assertNever(part);
  }
}

function contentOf(part: AnsweredPart): string {
  switch (part.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return part.text;
    case 'tool-call':
      return part.arguments;
    case 'image':
    case 'audio':
      return part.source.from === 'base64' ? part.source.data : '';
    case 'foreign':
      return '';
    default:
      return assertNever(part);
  }
}
