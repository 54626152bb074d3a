import type { JsonObject } from '../../kernel/json.ts';
import { countOrNone, limitSplices, mostOf } from '../answer-length.ts';
import type { AnswerLengthFace, OutputLimit, ReadRequest, Target } from '../contract.ts';
import type { Splice } from '../patch-json.ts';

const TOKEN_FIELDS = ['max_tokens', 'max_completion_tokens'] as const;

export const answerLength: AnswerLengthFace = { read, limit };

/** https://platform.openai.com/docs/api-reference/chat/create#chat-create-max_completion_tokens */
function read(body: JsonObject): OutputLimit {
  // Completions are chosen from `best_of`, all of which are paid for.
  const choices = Math.max(countOrNone(body['n']) ?? 1, countOrNone(body['best_of']) ?? 1);
  return { maxTokens: mostOf(body, TOKEN_FIELDS), choices, reasoningTokens: 0 };
}

function limit(request: ReadRequest, maxTokens: number, { quirks }: Target): readonly Splice[] {
  // A prompt makes it a completion, which knows the older name alone.
  const isCompletion = request.spans.has('prompt') && !request.spans.has('messages');
  const name = quirks.maxTokensField ?? (isCompletion ? 'max_tokens' : 'max_completion_tokens');
  return limitSplices(request, TOKEN_FIELDS, { name, maxTokens });
}
