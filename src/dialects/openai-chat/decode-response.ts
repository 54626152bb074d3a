import { GatewayError } from '../../kernel/errors.ts';
import type { ChatEvent } from '../../protocol/chat-events.ts';
import { AnswerReader, parseAnswer } from './answer-reader.ts';
import { faultOfEvent } from './decode-fault.ts';

/**
 * A whole chat answer as its events: https://platform.openai.com/docs/api-reference/chat/object
 * @throws GatewayError `upstream.invalid_answer` where it is no answer, or the fault that it carries
 */
export function decodeResponse(body: Buffer): readonly ChatEvent[] {
  const answer = parseAnswer(body);
  const fault = faultOfEvent(answer);
  if (fault !== undefined) throw fault;
  const reader = new AnswerReader();
  const events: ChatEvent[] = [];
  reader.take(answer, events);
  if (reader.failed !== undefined) throw reader.failed;
  if (!reader.hasChoices) throw new GatewayError('upstream.invalid_answer');
  reader.finish(events);
  return events;
}
