import { expect, it } from 'vitest';
import { type ChatRequest, PLAIN_CHAT } from '../../protocol/chat-request.ts';
import { NO_QUIRKS } from '../../protocol/deployment.ts';
import { encodeRequest } from './encode-request.ts';

const FACTS = {
  displayName: undefined,
  contextTokens: undefined,
  maxOutputTokens: undefined,
  inputModalities: undefined,
  outputModalities: undefined,
  embeddingDimensions: undefined,
  createdAt: undefined,
};

function bodyOf(request: Partial<ChatRequest>): string {
  const target = { upstreamModel: 'm', path: '/v1/messages', quirks: NO_QUIRKS, facts: FACTS, newId: String };
  return encodeRequest({ ...PLAIN_CHAT, ...request }, target).call.body.toString();
}

it('keeps every digit of a call’s arguments', () => {
  const body = bodyOf({
    messages: [
      { role: 'user', parts: [{ type: 'text', text: 'Go.' }] },
      {
        role: 'assistant',
        parts: [{ type: 'tool-call', id: 't', name: 'n', arguments: '{"id":90071992547409931234}', kind: 'function' }],
      },
    ],
  });
  expect(body).toContain('"input":{"id":90071992547409931234}');
});

it('gives the answer a length where nobody says one', () => {
  expect(JSON.parse(bodyOf({}))).toMatchObject({ max_tokens: 4096, messages: [] });
});
