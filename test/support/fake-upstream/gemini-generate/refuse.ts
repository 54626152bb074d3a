import { isJsonObject, type JsonObject } from '../../../../src/kernel/json.ts';
import { isSealed } from '../answers.ts';
import { firstOf, objectAt, objectsIn, stringAt, unknownField } from '../prompt.ts';
import type { Arrived, Question, Refusal } from '../speech.ts';

/** The fields of https://ai.google.dev/api/generate-content, and of the objects in it that are closed. */
const FIELDS: ReadonlySet<string> = new Set([
  'cachedContent',
  'contents',
  'generationConfig',
  'model',
  'safetySettings',
  'serviceTier',
  'store',
  'systemInstruction',
  'toolConfig',
  'tools',
]);
const CONFIG_FIELDS: ReadonlySet<string> = new Set([
  'audioTimestamp',
  'candidateCount',
  'enableEnhancedCivicAnswers',
  'frequencyPenalty',
  'imageConfig',
  'logprobs',
  'maxOutputTokens',
  'mediaResolution',
  'presencePenalty',
  'responseJsonSchema',
  'responseLogprobs',
  'responseMimeType',
  'responseModalities',
  'responseSchema',
  'seed',
  'speechConfig',
  'stopSequences',
  'temperature',
  'thinkingConfig',
  'topK',
  'topP',
]);
const DATA_FIELDS: readonly string[] = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
  'toolCall',
  'toolResponse',
];
const PART_FIELDS: ReadonlySet<string> = new Set([
  ...DATA_FIELDS,
  'thought',
  'thoughtSignature',
  'videoMetadata',
  'mediaResolution',
  'partMetadata',
]);
const STOPS_MAX = 5;
const DECLARATION_NAME = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/;
/** For calls that another model made: https://ai.google.dev/gemini-api/docs/thought-signatures */
const UNSIGNED: ReadonlySet<string> = new Set([
  'context_engineering_is_the_way_to_go',
  'skip_thought_signature_validator',
]);
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

const refusal = (message: string): Refusal => ({ status: 400, message });
const unknownName = (name: string, where: string): Refusal =>
  refusal(
    `Invalid JSON payload received. Unknown name "${name}"${where === '' ? '' : ` at '${where}'`}: Cannot find field.`,
  );

/** Why Gemini refuses a request. */
export function refuseGenerate({ operation }: Question, { body }: Arrived): Refusal | undefined {
  if (operation !== 'chat') return undefined;
  const contents = objectsIn(body['contents']);
  return firstOf(
    () => refuseFields(body),
    () => refuseContents(contents),
    () => refuseCalls(contents),
    () => refuseTools(body),
  );
}

function refuseFields(body: JsonObject): Refusal | undefined {
  const unknown = unknownField(body, FIELDS);
  if (unknown !== undefined) return unknownName(unknown, '');
  const config = objectAt(body, 'generationConfig');
  const odd = unknownField(config, CONFIG_FIELDS);
  if (odd !== undefined) return unknownName(odd, 'generation_config');
  if (!Array.isArray(body['contents']) || body['contents'].length === 0) {
    return refusal('* GenerateContentRequest.contents: contents is not specified');
  }
  const { stopSequences, logprobs, responseLogprobs } = config;
  if (Array.isArray(stopSequences) && stopSequences.length > STOPS_MAX) {
    return refusal(`* GenerateContentRequest.generation_config.stop_sequences: at most ${STOPS_MAX} are allowed`);
  }
  if (logprobs !== undefined && responseLogprobs !== true) {
    return refusal('Logprobs is not allowed unless response_logprobs is true.');
  }
  const thinking = objectAt(config, 'thinkingConfig');
  return thinking['thinkingBudget'] !== undefined && thinking['thinkingLevel'] !== undefined
    ? refusal('You can only set only one of thinking budget and thinking level.')
    : undefined;
}

function refuseContents(contents: readonly JsonObject[]): Refusal | undefined {
  for (const [index, content] of contents.entries()) {
    const { role, parts } = content;
    if (role !== undefined && role !== 'user' && role !== 'model' && role !== 'function') {
      return refusal('Please use a valid role: user, model.');
    }
    if (!Array.isArray(parts) || parts.length === 0) {
      return refusal(`* GenerateContentRequest.contents[${index}].parts: contents.parts must not be empty.`);
    }
    for (const [place, part] of parts.entries()) {
      const found = refusePart(isJsonObject(part) ? part : {}, `contents[${index}].parts[${place}]`);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function refusePart(part: JsonObject, where: string): Refusal | undefined {
  const unknown = unknownField(part, PART_FIELDS);
  if (unknown !== undefined) return unknownName(unknown, where);
  const data = DATA_FIELDS.filter((name) => part[name] !== undefined);
  if (data.length !== 1) {
    return refusal(
      `* GenerateContentRequest.${where}.data: required oneof field 'data' must have one initialized field`,
    );
  }
  const { data: bytes, mimeType } = objectAt(part, 'inlineData');
  if (part['inlineData'] !== undefined) {
    if (typeof bytes !== 'string' || !BASE64.test(bytes))
      return refusal(`Invalid value at '${where}.inline_data.data' (TYPE_BYTES), Base64 decoding failed`);
    if (typeof mimeType !== 'string') return refusal(`* GenerateContentRequest.${where}: mime_type is not specified`);
  }
  const signature = stringAt(part, 'thoughtSignature');
  if (signature !== undefined && !BASE64.test(signature)) {
    return refusal(`Invalid value at '${where}.thought_signature' (TYPE_BYTES), Base64 decoding failed`);
  }
  if (signature !== undefined && !isSealed(signature) && !UNSIGNED.has(signature))
    return refusal('Thought signature is not valid.');
  for (const name of ['functionCall', 'functionResponse']) {
    if (part[name] === undefined) continue;
    if (stringAt(objectAt(part, name), 'name') === undefined) {
      return refusal(`* GenerateContentRequest.${where}.${name}.name: Name cannot be empty.`);
    }
    const value = objectAt(part, name)[name === 'functionCall' ? 'args' : 'response'];
    if (value !== undefined && !isJsonObject(value)) {
      return refusal(`Invalid value at '${where}.${name}' (type.googleapis.com/google.protobuf.Struct)`);
    }
  }
  return undefined;
}

/**
 * A turn of calls follows the user or a turn of results, and as many results as calls follow it. Google's own SDKs give
 * back each piece of a stream as a content of its own: those in a row of one role are one turn.
 */
function refuseCalls(contents: readonly JsonObject[]): Refusal | undefined {
  const turns: JsonObject[] = [];
  for (const content of contents) {
    const last = turns.at(-1);
    if (last === undefined || last['role'] !== content['role']) turns.push(content);
    else turns[turns.length - 1] = { ...last, parts: [...objectsIn(last['parts']), ...objectsIn(content['parts'])] };
  }
  return refuseTurns(turns);
}

function refuseTurns(contents: readonly JsonObject[]): Refusal | undefined {
  for (const [index, content] of contents.entries()) {
    const calls = countParts(content, 'functionCall');
    const results = countParts(content, 'functionResponse');
    const before = contents[index - 1];
    if (calls > 0 && (before === undefined || before['role'] === 'model')) {
      return refusal(
        'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
      );
    }
    const next = contents[index + 1];
    const isAnswered = calls === 0 || next === undefined || countParts(next, 'functionResponse') === calls;
    const isAsked = results === 0 || (before !== undefined && countParts(before, 'functionCall') === results);
    if (!isAnswered || !isAsked) {
      return refusal(
        'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
      );
    }
  }
  return undefined;
}

function countParts(content: JsonObject, field: string): number {
  return objectsIn(content['parts']).filter((part) => part[field] !== undefined).length;
}

function refuseTools(body: JsonObject): Refusal | undefined {
  const declarations = objectsIn(body['tools']).flatMap((tool) => objectsIn(tool['functionDeclarations']));
  const odd = declarations.findIndex((each) => !DECLARATION_NAME.test(stringAt(each, 'name') ?? ''));
  if (odd !== -1) {
    return refusal(`* GenerateContentRequest.tools[0].function_declarations[${odd}].name: Invalid function name.`);
  }
  const calling = objectAt(objectAt(body, 'toolConfig'), 'functionCallingConfig');
  const allowed = calling['allowedFunctionNames'];
  if (!Array.isArray(allowed)) return undefined;
  if (calling['mode'] !== 'ANY' && calling['mode'] !== 'VALIDATED') {
    return refusal('Allowed function names should only be set when function calling mode is ANY or VALIDATED.');
  }
  const names = declarations.map((each) => each['name']);
  return allowed.every((name) => names.includes(name))
    ? undefined
    : refusal('Allowed function names should be a subset of the declared functions.');
}
