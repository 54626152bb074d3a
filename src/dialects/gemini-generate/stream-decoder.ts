import type { StreamDecoder } from '../contract.ts';
import { AnswerReader } from './answer-reader.ts';
import { parsePiece } from './parse-piece.ts';

/**
 * A stream of answers, each with what is new: https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
 * It has no terminator. It is complete where every candidate said why it ended, or the prompt was blocked.
 */
export function openDecoder(): StreamDecoder {
  const reader = new AnswerReader();
  return {
    push: ({ data }) => reader.read(parsePiece(data)),
    end: () => reader.end(false),
  };
}
