import { parseJsonOrUndefined } from '../../kernel/json.ts';
import type { StreamDecoder } from '../contract.ts';
import { AnswerReader } from './answer-reader.ts';

/**
 * A stream of answers, each with what is new: https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
 * It has no terminator. It is complete where every candidate said why it ended, or the prompt was blocked.
 */
export function openDecoder(): StreamDecoder {
  const reader = new AnswerReader();
  return {
    push: ({ data }) => reader.read(parseJsonOrUndefined(data)),
    end: () => reader.end(false),
  };
}
