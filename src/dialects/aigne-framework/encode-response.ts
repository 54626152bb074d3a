import type { JsonObject } from '../../kernel/json.ts';
import type { ChatResponse } from '../../protocol/chat-events.ts';
import type { Usage } from '../../protocol/usage.ts';
import type { Answering, EncodedAnswer } from '../contract.ts';
import { emitResponse } from '../emit.ts';
import { FrameworkAnswer } from './answer.ts';

/** A whole answer: what a stream would have shown, and the rest of it, in one object. */
export function encodeResponse(response: ChatResponse, usage: Usage, answering: Answering): EncodedAnswer {
  const answer = new FrameworkAnswer(answering);
  const said = { text: '', thoughts: '' };
  for (const event of emitResponse(response)) {
    const shown = answer.push(event);
    if (shown !== undefined) said[shown.field] += shown.text;
  }
  const body: JsonObject = {
    ...(said.text === '' ? {} : { text: said.text }),
    ...(said.thoughts === '' ? {} : { thoughts: said.thoughts }),
    model: answer.model,
    ...answer.rest(usage, answering.charge),
  };
  return { body, losses: answer.losses };
}
