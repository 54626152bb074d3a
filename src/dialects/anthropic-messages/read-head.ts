import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { Operation } from '../../protocol/operation.ts';
import type { HeldReference, RequestHead } from '../contract.ts';
import { at, endUserOf, invalid, optionalBoolean, optionalCount, optionalObject, readModel } from '../fields.ts';

/**
 * What a request says of itself before it is known who serves it: https://docs.anthropic.com/en/api/messages
 * Tokens are counted without an answer, so only messages need their longest length.
 * @throws GatewayError `request.invalid` with the field that is wrong
 */
export function readHead(body: JsonObject, operation: Operation): RequestHead {
  const model = readModel(body);
  const maxTokens = optionalCount(body, 'max_tokens');
  if (operation !== 'count-tokens' && maxTokens === undefined) throw invalid('max_tokens', 'must be given');
  return {
    model,
    streamed: operation !== 'count-tokens' && optionalBoolean(body, 'stream') === true,
    wantsUsage: true,
    manyChoices: false,
    endUser: endUserOf(optionalObject(body, 'metadata')?.['user_id']),
    references: readReferences(body),
  };
}

/**
 * Files, containers, skills and threads that Anthropic keeps under an id. Whoever knows the id reaches the thing through the
 * hub's credential, so each has to be the caller's own.
 */
function readReferences(body: JsonObject): readonly HeldReference[] {
  const references: HeldReference[] = [];
  const { container, thread } = body;
  if (typeof container === 'string') references.push({ id: container, field: 'container' });
  if (isJsonObject(container)) {
    addId(references, container, 'id', 'container');
    addSkills(references, container['skills']);
  }
  if (isJsonObject(thread)) addId(references, thread, 'previous_message_id', 'thread');
  addFiles(references, body['system'], 'system');
  if (Array.isArray(body['messages'])) {
    for (const [index, message] of body['messages'].entries()) {
      if (isJsonObject(message)) addFiles(references, message['content'], `messages[${index}].content`);
    }
  }
  return references;
}

/** Files stand in blocks, in the results of tools, and in documents made of blocks. */
function addFiles(references: HeldReference[], content: JsonValue | undefined, where: string): void {
  if (!Array.isArray(content)) {
    // The result of a program that the provider ran is an object around its blocks.
    if (isJsonObject(content)) addFiles(references, content['content'], at(where, 'content'));
    return;
  }
  for (const [index, block] of content.entries()) {
    if (!isJsonObject(block)) continue;
    const field = at(where, index);
    addId(references, block, 'file_id', field);
    const { source } = block;
    if (isJsonObject(source)) {
      addId(references, source, 'file_id', at(field, 'source'));
      addFiles(references, source['content'], at(field, 'source.content'));
    }
    addFiles(references, block['content'], at(field, 'content'));
  }
}

/** Skills that were uploaded; Anthropic's own are anybody's: https://docs.anthropic.com/en/api/skills-guide */
function addSkills(references: HeldReference[], skills: JsonValue | undefined): void {
  if (!Array.isArray(skills)) return;
  for (const [index, skill] of skills.entries()) {
    if (isJsonObject(skill) && skill['type'] !== 'anthropic') {
      addId(references, skill, 'skill_id', at('container.skills', index));
    }
  }
}

function addId(references: HeldReference[], object: JsonObject, key: string, where: string): void {
  const id = object[key];
  if (typeof id === 'string' && id !== '') references.push({ id, field: at(where, key) });
}
