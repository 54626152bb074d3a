import type { ChatEvent } from '../../protocol/chat-events.ts';
import { OllamaDecoder } from './stream-decoder.ts';

/**
 * Reads a whole answer: the same object as a stream's last line, with all of the message.
 * @throws GatewayError `upstream.invalid_answer`, `upstream.cut` where it is not done, or the error it carries
 */
export function decodeResponse(body: Buffer): readonly ChatEvent[] {
  const decoder = new OllamaDecoder();
  const events = [...decoder.push({ event: undefined, data: body.toString() }), ...decoder.end()];
  const last = events.at(-1);
  if (last?.type === 'fault') throw last.error;
  return events;
}
