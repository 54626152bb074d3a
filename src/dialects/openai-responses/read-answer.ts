import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { ReadAnswer } from '../contract.ts';
import { readFinish } from './finish.ts';
import { readUsage } from './usage.ts';

/** What the records need of a Response that came whole. */
export function readAnswer(response: JsonObject): ReadAnswer {
  const { status, model } = response;
  const output = Array.isArray(response['output']) ? response['output'] : [];
  const reason = readFinish(typeof status === 'string' ? status : undefined, response, {
    hasCall: output.some(isCall),
    hasRefusal: false,
  });
  return {
    usage: readUsage(response),
    servedModel: typeof model === 'string' ? model : undefined,
    finishReason: reason.raw,
    contentCharacters: isJsonObject(response['usage']) ? 0 : JSON.stringify(output).length,
    held: readHeld(response),
  };
}

/**
 * What the provider keeps from now on: the answer and its items, unless it was told not to. It says so itself, and keeps
 * them where nothing is said: https://platform.openai.com/docs/guides/your-data
 */
function readHeld(response: JsonObject): readonly string[] {
  if (response['store'] === false) return [];
  const held = new Set<string>();
  const add = (object: JsonValue | undefined, key: string): void => {
    const id = isJsonObject(object) ? object[key] : undefined;
    if (typeof id === 'string' && id !== '') held.add(id);
  };
  add(response, 'id');
  add(response['conversation'], 'id');
  for (const item of Array.isArray(response['output']) ? response['output'] : []) {
    add(item, 'id');
    add(item, 'container_id');
  }
  return [...held];
}

function isCall(item: JsonValue): boolean {
  return isJsonObject(item) && (item['type'] === 'function_call' || item['type'] === 'custom_tool_call');
}
