import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { countOrNone, limitSplices } from '../answer-length.ts';
import type { AnswerLengthFace, OutputLimit, ReadRequest } from '../contract.ts';
import type { Splice } from '../patch-json.ts';

const FIELD = 'max_tokens';

export const answerLength: AnswerLengthFace = { read, limit };

/** What is thought counts towards `max_tokens`: https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking */
function read(body: JsonObject): OutputLimit {
  const { thinking } = body;
  const budget = isJsonObject(thinking) ? countOrNone(thinking['budget_tokens']) : undefined;
  return { maxTokens: countOrNone(body[FIELD]), choices: 1, reasoningTokens: budget ?? 0 };
}

function limit(request: ReadRequest, maxTokens: number): readonly Splice[] {
  return limitSplices(request, [FIELD], { name: FIELD, maxTokens });
}
