import type { JsonObject } from '../../../../src/kernel/json.ts';
import {
  type Arrival,
  type ArrivedChoice,
  type ArrivedPart,
  type ArrivedThinking,
  number,
  object,
  objects,
  string,
  textPart,
  turn,
} from '../arrival.ts';

/** https://ai.google.dev/api/generate-content */
export function readGeminiGenerate(body: JsonObject): Arrival {
  const config = object(body, 'generationConfig');
  // In this mode calls are held to their schemas.
  const calling = object(object(body, 'toolConfig'), 'functionCallingConfig');
  const declared = objects(body, 'tools').flatMap((tool) => objects(tool, 'functionDeclarations'));
  return {
    turns: [
      ...turn('system', readParts(object(body, 'systemInstruction'))),
      ...objects(body, 'contents').flatMap((content) =>
        turn(content['role'] === 'model' ? 'assistant' : 'user', readParts(content)),
      ),
    ],
    tools: declared.map((declaration) => ({
      name: string(declaration, 'name') ?? '',
      description: string(declaration, 'description'),
      parameters: declaration['parametersJsonSchema'] ?? declaration['parameters'],
      strict: calling['mode'] === 'VALIDATED' ? true : undefined,
      isCustom: false,
    })),
    toolChoice: readChoice(calling),
    parallelCalls: undefined,
    format: readFormat(config),
    thinking: readThinking(object(config, 'thinkingConfig')),
    markers: [],
    settings: {
      tokensMax: config['maxOutputTokens'],
      temperature: config['temperature'],
      topP: config['topP'],
      topK: config['topK'],
      stop: config['stopSequences'],
      seed: config['seed'],
      presencePenalty: config['presencePenalty'],
      frequencyPenalty: config['frequencyPenalty'],
      logprobs: config['responseLogprobs'] === true ? (config['logprobs'] ?? 0) : undefined,
      choices: config['candidateCount'],
      serviceTier: body['serviceTier'],
      modalities: config['responseModalities'],
    },
  };
}

function readParts(content: JsonObject): readonly ArrivedPart[] {
  return objects(content, 'parts').flatMap((part): readonly ArrivedPart[] => {
    const seal = string(part, 'thoughtSignature');
    if (part['thought'] === true) return [{ kind: 'thinking', text: string(part, 'text') ?? '', seal }];
    const carried: readonly ArrivedPart[] = seal === undefined ? [] : [{ kind: 'thinking', text: '', seal }];
    return [...carried, ...readPart(part)];
  });
}

function readPart(part: JsonObject): readonly ArrivedPart[] {
  const inline = object(part, 'inlineData');
  const file = object(part, 'fileData');
  const call = object(part, 'functionCall');
  if (part['text'] !== undefined) return textPart(part['text']);
  if (part['inlineData'] !== undefined)
    return [{ kind: kindOf(string(inline, 'mimeType')), from: string(inline, 'data') ?? '' }];
  if (part['fileData'] !== undefined)
    return [{ kind: kindOf(string(file, 'mimeType')), from: string(file, 'fileUri') ?? '' }];
  if (part['functionCall'] !== undefined) {
    return [
      { kind: 'call', id: string(call, 'id'), name: string(call, 'name') ?? '', arguments: call['args'] ?? null },
    ];
  }
  if (part['functionResponse'] !== undefined) return [readResult(object(part, 'functionResponse'))];
  return [{ kind: 'other', word: Object.keys(part)[0] ?? '' }];
}

function readResult(response: JsonObject): ArrivedPart {
  return {
    kind: 'result',
    id: string(response, 'id'),
    name: string(response, 'name'),
    text: JSON.stringify(response['response'] ?? {}),
    images: objects(response, 'parts').filter((part) => part['inlineData'] !== undefined).length,
    isError: object(response, 'response')['error'] !== undefined,
  };
}

function kindOf(mediaType = ''): 'image' | 'audio' | 'file' {
  if (mediaType.startsWith('image/')) return 'image';
  return mediaType.startsWith('audio/') ? 'audio' : 'file';
}

function readChoice(config: JsonObject): ArrivedChoice | undefined {
  const { mode, allowedFunctionNames } = config;
  const names = Array.isArray(allowedFunctionNames)
    ? allowedFunctionNames.map((name) => JSON.stringify(name).slice(1, -1))
    : [];
  switch (typeof mode === 'string' ? mode : '') {
    case 'AUTO':
      return 'auto';
    case 'NONE':
      return 'none';
    case 'ANY':
      return names.length === 0 ? 'required' : { names };
    case 'VALIDATED':
      return names.length === 0 ? 'auto' : { names, isAuto: true };
    default:
      return undefined;
  }
}

function readFormat(config: JsonObject): Arrival['format'] {
  if (config['responseMimeType'] !== 'application/json') return undefined;
  const schema = config['responseJsonSchema'] ?? config['responseSchema'];
  return schema === undefined ? { kind: 'json' } : { kind: 'schema', schema };
}

function readThinking(thinking: JsonObject): ArrivedThinking {
  const budget = number(thinking, 'thinkingBudget');
  const effort = string(thinking, 'thinkingLevel')?.toLowerCase();
  const isSaid = budget !== undefined || effort !== undefined;
  return { isOn: isSaid ? budget !== 0 : undefined, effort, budget };
}
