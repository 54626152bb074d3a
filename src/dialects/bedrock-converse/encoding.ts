import type { JsonObject } from '../../kernel/json.ts';
import type { ChatRequest } from '../../protocol/chat-request.ts';
import type { Target } from '../contract.ts';
import type { Losses } from '../losses.ts';
import type { ModelFamily } from './model-families.ts';

/** This dialect's name: on its opaque reasoning, and on blocks that only it has. */
export const DIALECT = 'bedrock-converse';

/** What the parts of one request are encoded with. */
export type Encoding = {
  readonly request: ChatRequest;
  readonly target: Target;
  readonly family: ModelFamily;
  readonly losses: Losses;
  /** The id that each call has on Bedrock, by the caller's own. */
  readonly callIds: Map<string, string>;
  /** Names that documents of this request have already: each must be another. */
  readonly documentNames: Set<string>;
};

/** An object without the keys that are not said; `undefined` where none is. */
export function saidOf(object: JsonObject): JsonObject | undefined {
  const said: JsonObject = {};
  let isEmpty = true;
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue;
    said[key] = value;
    isEmpty = false;
  }
  return isEmpty ? undefined : said;
}
