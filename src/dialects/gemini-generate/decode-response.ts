import { GatewayError } from '../../kernel/errors.ts';
import type { ChatEvent } from '../../protocol/chat-events.ts';
import { AnswerReader } from './answer-reader.ts';
import { parsePiece } from './parse-piece.ts';

/**
 * A whole answer: https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse
 * @throws GatewayError `upstream.invalid_answer`, or the fault that it carries
 */
export function decodeResponse(body: Buffer): readonly ChatEvent[] {
  const reader = new AnswerReader();
  const events = reader.read(parsePiece(body.toString()));
  const fault = events.find(({ type }) => type === 'fault');
  if (fault?.type === 'fault') throw fault.error;
  if (!reader.isKnown) throw new GatewayError('upstream.invalid_answer');
  return [...events, ...reader.end(true)];
}
