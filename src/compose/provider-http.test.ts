import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../kernel/clock.ts';
import { listProviderModels } from '../providers/provider-calls.ts';
import { metadataTargets } from '../upstream/auth/aws-metadata.ts';
import { createAwsSigner } from '../upstream/auth/aws-signer.ts';
import type { Upstream } from '../upstream/ports.ts';
import {
  type AwsDouble,
  type AwsRequest,
  checkSignature,
  startAws,
  TEST_KEYS,
} from '../upstream/testing/aws-double.ts';
import { testUpstream } from '../upstream/testing/calls.ts';
import { createProviderHttp } from './provider-http.ts';

const SECRET = `${TEST_KEYS.accessKeyId}:${TEST_KEYS.secretAccessKey}`;
const AUTH = { scheme: 'aws-sigv4', service: 'bedrock' } as const;
const SOURCE = { from: 'list', path: '/foundation-models?byOutputModality=TEXT', shape: 'bedrock' } as const;
const MODELS = {
  modelSummaries: [{ modelId: 'acme.chat-v1:0', modelName: 'Chat', inferenceTypesSupported: ['ON_DEMAND'] }],
};

let upstream: Upstream;
let aws: AwsDouble;

/** A control plane that takes what is signed with the test's keys, or the API key. */
async function answer(request: AwsRequest) {
  const isBearer = request.headers['authorization'] === 'Bearer ABSKexample';
  const signed = isBearer ? undefined : await checkSignature(request, [TEST_KEYS]);
  if (typeof signed === 'string') {
    const said = `${signed} does not fit ${request.headers['authorization']}`;
    return { status: 403, body: JSON.stringify({ message: said }) };
  }
  return {
    body: JSON.stringify(request.path.startsWith('/foundation') ? MODELS : { inferenceProfileSummaries: [] }),
  };
}

beforeEach(async () => {
  aws = await startAws(answer);
  upstream = testUpstream({ allow: [aws.hostPort] });
});

afterEach(async () => {
  await upstream.close();
  await aws.close();
});

function list(secret: string) {
  const signer = createAwsSigner({
    clock: systemClock,
    environment: {},
    request: upstream.request,
    requestMetadata: testUpstream({ allow: metadataTargets({}) }).request,
    sources: 'all',
    readFile: () => Promise.reject(new Error('no files in these tests')),
  });
  const target = { entry: { auth: AUTH }, baseUrl: aws.origin, secret };
  return listProviderModels(createProviderHttp(upstream, signer), target, SOURCE);
}

describe('calls to AWS’s control plane', () => {
  it('are signed with an access key, each by itself', async () => {
    const { models } = await list(SECRET);
    expect(models.map(({ upstreamModel }) => upstreamModel)).toEqual(['acme.chat-v1:0']);
    expect(aws.seen.map(({ path }) => path)).toHaveLength(3);
  });

  it('carry a Bedrock API key as it is', async () => {
    expect((await list('ABSKexample')).models).toHaveLength(1);
  });

  it('that are refused tell nothing of the keys, though AWS repeats them', async () => {
    const wrong = list(`${TEST_KEYS.accessKeyId}:canary`);
    await expect(wrong).rejects.toMatchObject({ code: 'upstream.credential_rejected', upstream: { status: 403 } });
    await expect(list(`${TEST_KEYS.accessKeyId}:canary`)).rejects.toMatchObject({
      upstream: { message: expect.not.stringContaining(TEST_KEYS.accessKeyId) },
    });
  });
});
