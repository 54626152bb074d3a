import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { HeldReference, RequestHead } from '../contract.ts';
import { at, endUserOf, invalid, optionalBoolean, readModel } from '../fields.ts';

/** How the ids of skills begin that OpenAI itself keeps for everybody. */
const CURATED_SKILL = 'openai-';

/**
 * What a request tells before it is known who serves it: https://platform.openai.com/docs/api-reference/responses/create
 * @throws GatewayError `request.invalid` with the field that is wrong
 */
export function readHead(body: JsonObject): RequestHead {
  refuseBackground(body);
  return {
    model: readModel(body),
    streamed: optionalBoolean(body, 'stream') ?? false,
    // The end of every stream carries usage; nobody has to ask.
    wantsUsage: true,
    manyChoices: false,
    endUser: endUserOf(body['safety_identifier'] ?? body['user']),
    references: readReferences(body),
  };
}

/** An answer in the background is fetched later by its id, and the hub keeps none. @throws GatewayError `request.invalid` */
export function refuseBackground(body: JsonObject): void {
  if (optionalBoolean(body, 'background') === true) {
    throw invalid('background', 'must not be true: this hub keeps no answers to be fetched later');
  }
}

/** Every id of something that a provider holds, with its place. */
export function readReferences(body: JsonObject): readonly HeldReference[] {
  const found: HeldReference[] = [];
  addId(found, body['previous_response_id'], 'previous_response_id');
  addIdOrObject(found, body['conversation'], 'conversation');
  if (isJsonObject(body['prompt'])) {
    addId(found, body['prompt']['id'], 'prompt.id');
    addVariables(found, body['prompt']['variables']);
  }
  const { input, tools } = body;
  if (Array.isArray(input)) {
    for (let index = 0; index < input.length; index += 1) addItem(found, input[index], index);
  }
  if (Array.isArray(tools)) {
    for (let index = 0; index < tools.length; index += 1) addTool(found, tools[index], index);
  }
  return found;
}

/** A prompt template's variables may be pictures and files. */
function addVariables(found: HeldReference[], variables: JsonValue | undefined): void {
  if (!isJsonObject(variables)) return;
  for (const [name, value] of Object.entries(variables)) {
    if (isJsonObject(value)) addId(found, value['file_id'], `prompt.variables.${name}.file_id`);
  }
}

function addItem(found: HeldReference[], item: JsonValue | undefined, index: number): void {
  if (!isJsonObject(item)) return;
  const where = at('input', index);
  // A reference may leave out its type; then it is nothing but an id.
  if (item['type'] === 'item_reference' || isBareId(item)) addId(found, item['id'], `${where}.id`);
  if (item['type'] === 'reasoning' && typeof item['encrypted_content'] !== 'string') {
    addId(found, item['id'], `${where}.id`);
  }
  addId(found, item['container_id'], `${where}.container_id`);
  addParts(found, item['content'], `${where}.content`);
  addParts(found, item['output'], `${where}.output`);
}

function isBareId(item: JsonObject): boolean {
  return item['type'] === undefined && item['role'] === undefined && item['content'] === undefined;
}

/** Files within a message or a tool's result, which is a list of parts, or one screenshot. */
function addParts(found: HeldReference[], parts: JsonValue | undefined, where: string): void {
  if (isJsonObject(parts)) addId(found, parts['file_id'], `${where}.file_id`);
  if (!Array.isArray(parts)) return;
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    if (isJsonObject(part)) addId(found, part['file_id'], `${at(where, index)}.file_id`);
  }
}

/** Stores that are searched, containers that code runs in, files that are put there, and a picture's mask. */
function addTool(found: HeldReference[], tool: JsonValue | undefined, index: number): void {
  if (!isJsonObject(tool)) return;
  const where = at('tools', index);
  addIds(found, tool['vector_store_ids'], `${where}.vector_store_ids`);
  for (const key of ['container', 'environment'] as const) {
    const place = tool[key];
    if (typeof place === 'string') addId(found, place, `${where}.${key}`);
    if (!isJsonObject(place)) continue;
    addId(found, place['container_id'], `${where}.${key}.container_id`);
    addIds(found, place['file_ids'], `${where}.${key}.file_ids`);
    addSkills(found, place['skills'], `${where}.${key}.skills`);
  }
  const mask = tool['input_image_mask'];
  if (isJsonObject(mask)) addId(found, mask['file_id'], `${where}.input_image_mask.file_id`);
}

/** Skills that were uploaded; OpenAI's own are anybody's: https://platform.openai.com/docs/guides/tools-skills */
function addSkills(found: HeldReference[], skills: JsonValue | undefined, where: string): void {
  if (!Array.isArray(skills)) return;
  for (const [index, skill] of skills.entries()) {
    const id = isJsonObject(skill) ? skill['skill_id'] : undefined;
    if (typeof id === 'string' && !id.startsWith(CURATED_SKILL)) addId(found, id, `${at(where, index)}.skill_id`);
  }
}

function addIdOrObject(found: HeldReference[], value: JsonValue | undefined, field: string): void {
  if (isJsonObject(value)) addId(found, value['id'], `${field}.id`);
  else addId(found, value, field);
}

function addIds(found: HeldReference[], ids: JsonValue | undefined, where: string): void {
  if (!Array.isArray(ids)) return;
  for (let index = 0; index < ids.length; index += 1) addId(found, ids[index], at(where, index));
}

function addId(found: HeldReference[], id: JsonValue | undefined, field: string): void {
  if (typeof id === 'string' && id !== '') found.push({ id, field });
}
