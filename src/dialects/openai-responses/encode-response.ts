import type { ChatResponse } from '../../protocol/chat-events.ts';
import type { Usage } from '../../protocol/usage.ts';
import type { Answering, EncodedAnswer } from '../contract.ts';
import { emitResponse } from '../emit.ts';
import { NO_SINK } from './event-sink.ts';
import { ResponseEncoder } from './stream-encoder.ts';

/** A whole answer as a Response object: https://platform.openai.com/docs/api-reference/responses/object */
export function encodeResponse(response: ChatResponse, usage: Usage, answering: Answering): EncodedAnswer {
  const encoder = new ResponseEncoder(answering, NO_SINK);
  for (const event of emitResponse(response)) encoder.push(event);
  const { response: body } = encoder.end(usage);
  return { body, losses: encoder.losses };
}
