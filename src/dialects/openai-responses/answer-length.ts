import type { JsonObject } from '../../kernel/json.ts';
import { countOrNone, limitSplices } from '../answer-length.ts';
import type { AnswerLengthFace, OutputLimit, ReadRequest } from '../contract.ts';
import type { Splice } from '../patch-json.ts';

const FIELD = 'max_output_tokens';

export const answerLength: AnswerLengthFace = { read, limit };

/** https://platform.openai.com/docs/api-reference/responses/create#responses-create-max_output_tokens */
function read(body: JsonObject): OutputLimit {
  return { maxTokens: countOrNone(body[FIELD]), choices: 1, reasoningTokens: 0 };
}

function limit(request: ReadRequest, maxTokens: number): readonly Splice[] {
  return limitSplices(request, [FIELD], { name: FIELD, maxTokens });
}
