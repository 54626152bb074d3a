import type { JsonObject } from '../../../../src/kernel/json.ts';
import { bearerOf } from '../openai-chat/speech.ts';
import { type FakePrompt, numberAt, objectAt, objectsIn, stringAt, textOf } from '../prompt.ts';
import type { Arrived, ErrorAnswer, Question, Refusal, Speech } from '../speech.ts';
import { refuseConverse } from './refuse.ts';
import { answerId, streamOf, wholeBody } from './write.ts';

const CALLS = /^\/model\/([^/]+)\/(converse|converse-stream)$/;
const FOUNDATION_MODELS = '/foundation-models';
const INFERENCE_PROFILES = '/inference-profiles';
const PAGE_DEFAULT = 100;

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/welcome.html */
export const bedrockConverseSpeech: Speech = {
  name: 'bedrock-converse',
  read,
  credentialOf: bearerOf,
  refuse: (_question, { body }) => refuseConverse(body),
  idOf: answerId,
  prompt: (_question, body) => promptOf(body),
  whole: wholeBody,
  stream: streamOf,
  streamType: 'application/vnd.amazon.eventstream',
  error: errorAnswer,
  usualError,
  models: modelList,
};

function read({ method, path }: Arrived): Question | undefined {
  if (method === 'GET' && (path === FOUNDATION_MODELS || path === INFERENCE_PROFILES)) {
    return { operation: 'models', model: undefined, streamed: false };
  }
  const call = CALLS.exec(path);
  if (call === null || method !== 'POST') return undefined;
  const [, model = '', kind] = call;
  return { operation: 'chat', model: decodeURIComponent(model), streamed: kind === 'converse-stream' };
}

function promptOf(body: JsonObject): FakePrompt {
  const messages = objectsIn(body['messages']);
  const last = messages.at(-1);
  const holdsResult = objectsIn(last?.['content']).some((block) => block['toolResult'] !== undefined);
  const toolConfig = objectAt(body, 'toolConfig');
  const extra = objectAt(body, 'additionalModelRequestFields');
  const thinking =
    stringAt(objectAt(extra, 'thinking'), 'type') ?? stringAt(objectAt(extra, 'reasoning_config'), 'type');
  return {
    text: [textOf(body['system']), ...messages.map((message) => textOf(message['content']))].join('\n'),
    messages: messages.length,
    lastUserText: last?.['role'] === 'user' && !holdsResult ? textOf(last['content']) : undefined,
    tools: objectsIn(toolConfig['tools']).flatMap((tool) => {
      const spec = objectAt(tool, 'toolSpec');
      const name = stringAt(spec, 'name');
      return name === undefined ? [] : [{ name, parameters: objectAt(spec, 'inputSchema')['json'] }];
    }),
    toolChoice: toolChoiceOf(objectAt(toolConfig, 'toolChoice')),
    tokensMax: numberAt(objectAt(body, 'inferenceConfig'), 'maxTokens'),
    choices: 1,
    thinks: thinking === 'enabled' || thinking === 'adaptive',
  };
}

function toolChoiceOf(choice: JsonObject): FakePrompt['toolChoice'] {
  if (choice['any'] !== undefined) return 'required';
  const name = stringAt(objectAt(choice, 'tool'), 'name');
  return name === undefined ? 'auto' : { name };
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html */
function errorAnswer({ status, message, code }: Refusal): ErrorAnswer {
  return {
    headers: { 'x-amzn-errortype': code ?? errorTypeOf(status) },
    text: JSON.stringify({ message }),
  };
}

function usualError(status: number): Refusal {
  switch (status) {
    case 401:
      return {
        status: 403,
        message: 'The security token included in the request is invalid.',
        code: 'UnrecognizedClientException',
      };
    case 404:
      return { status: 400, message: 'The provided model identifier is invalid.' };
    case 429:
      return { status, message: 'Too many requests, please wait before trying again.' };
    default:
      return { status, message: `The fake upstream was told to answer ${status}.` };
  }
}

function errorTypeOf(status: number): string {
  switch (status) {
    case 403:
      return 'AccessDeniedException';
    case 404:
      return 'ResourceNotFoundException';
    case 408:
      return 'ModelTimeoutException';
    case 424:
      return 'ModelErrorException';
    case 429:
      return 'ThrottlingException';
    case 503:
      return 'ServiceUnavailableException';
    default:
      return status >= 500 ? 'InternalServerException' : 'ValidationException';
  }
}

/**
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html, which has one page, and
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListInferenceProfiles.html, which has many.
 */
function modelList(models: readonly string[], { path, query }: Arrived): string {
  if (path === FOUNDATION_MODELS) {
    const modelSummaries = models.map((modelId) => ({
      modelArn: `arn:aws:bedrock:us-east-1::foundation-model/${modelId}`,
      modelId,
      modelName: `Fake ${modelId}`,
      providerName: 'Fake',
      inputModalities: ['TEXT', 'IMAGE'],
      outputModalities: [modelId.includes('embed') ? 'EMBEDDING' : 'TEXT'],
      responseStreamingSupported: true,
      customizationsSupported: [],
      inferenceTypesSupported: ['ON_DEMAND'],
      modelLifecycle: { status: 'ACTIVE' },
    }));
    return JSON.stringify({ modelSummaries });
  }
  const size = Number(query.get('maxResults') ?? PAGE_DEFAULT);
  const from = Number(query.get('nextToken') ?? 0);
  const inferenceProfileSummaries = models.slice(from, from + size).map((model) => ({
    inferenceProfileName: `US ${model}`,
    inferenceProfileArn: `arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.${model}`,
    inferenceProfileId: `us.${model}`,
    models: [{ modelArn: `arn:aws:bedrock:us-east-1::foundation-model/${model}` }],
    status: 'ACTIVE',
    type: 'SYSTEM_DEFINED',
  }));
  const isLast = from + size >= models.length;
  return JSON.stringify({ inferenceProfileSummaries, ...(isLast ? {} : { nextToken: String(from + size) }) });
}
