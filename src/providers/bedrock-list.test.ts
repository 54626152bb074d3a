import { describe, expect, it } from 'vitest';
import { resolveBaseUrl } from './base-url.ts';
import { bedrockListUrl, listBedrockModels } from './bedrock-list.ts';
import { loadBuiltInEntries } from './catalogue.ts';
import { NO_FACTS } from './model-list.ts';

const MODELS_PATH = '/foundation-models?byOutputModality=TEXT';
const ARN = 'arn:aws:bedrock:eu-west-1::foundation-model/';

/** A model as the list of foundation models tells it. */
function model(modelId: string, change: object = {}): object {
  return {
    modelArn: `${ARN}${modelId}`,
    modelId,
    modelName: modelId.split('.')[1],
    providerName: 'Acme',
    inputModalities: ['TEXT', 'IMAGE'],
    outputModalities: ['TEXT'],
    responseStreamingSupported: true,
    inferenceTypesSupported: ['ON_DEMAND'],
    modelLifecycle: { status: 'ACTIVE' },
    ...change,
  };
}

function profile(inferenceProfileId: string, modelId: string, change: object = {}): object {
  return {
    inferenceProfileId,
    inferenceProfileName: `Profile ${inferenceProfileId}`,
    inferenceProfileArn: `arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/${inferenceProfileId}`,
    models: [{ modelArn: `${ARN}${modelId}` }],
    status: 'ACTIVE',
    type: 'SYSTEM_DEFINED',
    ...change,
  };
}

/** Asks a control plane that has these answers, by path; the paths asked are kept. */
async function list(answers: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const found = await listBedrockModels(async (path) => {
    asked.push(path);
    const answer = answers[path] ?? { inferenceProfileSummaries: [] };
    return Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer));
  }, MODELS_PATH);
  return { ...found, asked };
}

const SYSTEM = '/inference-profiles?maxResults=1000&type=SYSTEM_DEFINED';
const OWN = '/inference-profiles?maxResults=1000&type=APPLICATION';

describe('the models of a Bedrock account', () => {
  it('are those on demand and the profiles of those that write text, with what they take', async () => {
    const { models, refused, asked } = await list({
      [MODELS_PATH]: {
        modelSummaries: [
          model('acme.old-v1:0'),
          model('acme.new-v1:0', {
            inferenceTypesSupported: ['INFERENCE_PROFILE'],
            inputModalities: ['TEXT', 'SPEECH'],
          }),
        ],
      },
      [SYSTEM]: {
        inferenceProfileSummaries: [
          profile('eu.acme.new-v1:0', 'acme.new-v1:0'),
          profile('eu.acme.paint-v1:0', 'acme.paint-v1:0'),
        ],
      },
      [OWN]: {
        inferenceProfileSummaries: [
          profile('a1b2c3', 'acme.new-v1:0', { type: 'APPLICATION' }),
          profile('gone', 'acme.new-v1:0', { type: 'APPLICATION', status: 'INACTIVE' }),
        ],
      },
    });
    const heard = { ...NO_FACTS, inputModalities: ['text', 'audio'], outputModalities: ['text'] };
    expect(models).toEqual([
      {
        upstreamModel: 'acme.old-v1:0',
        facts: { ...NO_FACTS, displayName: 'old-v1:0', inputModalities: ['text', 'image'], outputModalities: ['text'] },
      },
      { upstreamModel: 'eu.acme.new-v1:0', facts: { ...heard, displayName: 'Profile eu.acme.new-v1:0' } },
      {
        upstreamModel: 'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2c3',
        facts: { ...heard, displayName: 'Profile a1b2c3' },
      },
    ]);
    expect(refused).toBe(0);
    expect(asked).toEqual([MODELS_PATH, SYSTEM, OWN]);
  });

  it('come in pages', async () => {
    const { models } = await list({
      [MODELS_PATH]: { modelSummaries: [model('acme.new', { inferenceTypesSupported: [] })] },
      [SYSTEM]: { inferenceProfileSummaries: [profile('us.acme.new', 'acme.new')], nextToken: 'a/b+c=' },
      [`${SYSTEM}&nextToken=a%2Fb%2Bc%3D`]: { inferenceProfileSummaries: [profile('eu.acme.new', 'acme.new')] },
    });
    expect(models.map(({ upstreamModel }) => upstreamModel)).toEqual(['us.acme.new', 'eu.acme.new']);
  });

  it('are no list where the pages have no end', async () => {
    const endless = { inferenceProfileSummaries: [], nextToken: 'x' };
    const asked = list({
      [MODELS_PATH]: { modelSummaries: [] },
      [SYSTEM]: endless,
      [`${SYSTEM}&nextToken=x`]: endless,
    });
    await expect(asked).rejects.toMatchObject({ code: 'upstream.answer_too_large' });
  });

  it.each(['', '[]', '{}', '{"modelSummaries":{}}'])('are not read out of %j', async (body) => {
    await expect(list({ [MODELS_PATH]: body })).rejects.toMatchObject({ code: 'upstream.invalid_answer' });
  });

  it('may come with rows of any shape', async () => {
    const rows = [
      null,
      1,
      {},
      model('acme.a\u0000b'),
      model('acme.ok', { modelName: 7, inputModalities: 'TEXT', outputModalities: [1] }),
    ];
    const { models, refused } = await list({
      [MODELS_PATH]: { modelSummaries: rows },
      [SYSTEM]: {
        inferenceProfileSummaries: [null, { models: 1 }, profile('eu.acme.ok', 'acme.ok', { models: [null, {}] })],
      },
    });
    expect(models).toEqual([{ upstreamModel: 'acme.ok', facts: NO_FACTS }]);
    expect(refused).toBe(2);
  });
});

describe('where they are listed', () => {
  it('is in the region of the connection, us-east-1 unless told otherwise', () => {
    const entry = loadBuiltInEntries().find(({ id }) => id === 'amazon-bedrock');
    if (entry === undefined) throw new Error('the catalogue has no Bedrock');
    expect(bedrockListUrl(resolveBaseUrl(entry, {}))).toBe('https://bedrock.us-east-1.amazonaws.com');
    const params = { region: 'ap-southeast-2' };
    expect(bedrockListUrl(resolveBaseUrl(entry, { params }))).toBe('https://bedrock.ap-southeast-2.amazonaws.com');
  });

  it.each([
    ['https://bedrock-runtime.eu-west-1.amazonaws.com', 'https://bedrock.eu-west-1.amazonaws.com'],
    ['https://bedrock-runtime-fips.us-east-1.amazonaws.com', 'https://bedrock-fips.us-east-1.amazonaws.com'],
    ['https://bedrock-runtime.cn-north-1.amazonaws.com.cn', 'https://bedrock.cn-north-1.amazonaws.com.cn'],
    ['https://gateway.example.com/aws', 'https://gateway.example.com/aws'],
    [
      'https://bedrock-runtime.eu-west-1.amazonaws.com.evil.example',
      'https://bedrock-runtime.eu-west-1.amazonaws.com.evil.example',
    ],
  ])('%s → %s', (baseUrl, expected) => {
    expect(bedrockListUrl(baseUrl)).toBe(expected);
  });
});
