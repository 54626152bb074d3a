import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { Citation } from '../../protocol/chat-parts.ts';
import { DIALECT } from './encoding.ts';

/**
 * Positions tell where in the cited document the words stand, not where in the answer, and stay within `raw`:
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Citation.html
 */
export function readCitation(raw: JsonObject): Citation {
  const { location, title } = raw;
  const web = isJsonObject(location) ? location['web'] : undefined;
  const url = isJsonObject(web) && typeof web['url'] === 'string' ? web['url'] : undefined;
  return {
    kind: url === undefined ? 'document' : 'url',
    url,
    title: typeof title === 'string' ? title : undefined,
    citedText: citedText(raw['sourceContent']),
    startIndex: undefined,
    endIndex: undefined,
    raw,
    dialect: DIALECT,
  };
}

function citedText(content: JsonValue | undefined): string | undefined {
  if (!Array.isArray(content)) return undefined;
  const texts = content.flatMap((item) =>
    isJsonObject(item) && typeof item['text'] === 'string' ? [item['text']] : [],
  );
  return texts.length === 0 ? undefined : texts.join('');
}
