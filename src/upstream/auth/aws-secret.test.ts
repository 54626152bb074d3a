import { describe, expect, it } from 'vitest';
import { regionOf, stsOrigin } from './aws-region.ts';
import { readAwsSecret } from './aws-secret.ts';

const KEYS = { accessKeyId: 'AKIDEXAMPLEEXAMPLE01', secretAccessKey: 'abc/def+ghi', sessionToken: undefined };
const ROLE = 'arn:aws:iam::123456789012:role/hub/reader';

describe('the secret of an AWS connection', () => {
  it('is an access key, with a session token where it is temporary', () => {
    expect(readAwsSecret('AKIDEXAMPLEEXAMPLE01:abc/def+ghi')).toEqual({ kind: 'keys', keys: KEYS });
    expect(readAwsSecret('ASIAEXAMPLEEXAMPLE01:abc:IQoJb3/x==')).toEqual({
      kind: 'keys',
      keys: { accessKeyId: 'ASIAEXAMPLEEXAMPLE01', secretAccessKey: 'abc', sessionToken: 'IQoJb3/x==' },
    });
  });

  it.each(['ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl', 'bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t'])(
    'is a Bedrock API key: %s',
    (token) => {
      expect(readAwsSecret(token)).toEqual({ kind: 'bearer', token });
    },
  );

  it('names a role to assume, by keys of its own or by another source', () => {
    const own = {
      source: 'assume-role',
      roleArn: ROLE,
      externalId: 'ext-1',
      accessKeyId: KEYS.accessKeyId,
      secretAccessKey: KEYS.secretAccessKey,
    };
    expect(readAwsSecret(JSON.stringify(own))).toEqual({
      kind: 'source',
      source: {
        source: 'assume-role',
        roleArn: ROLE,
        sessionName: 'aigne-hub',
        externalId: 'ext-1',
        durationSeconds: undefined,
        base: { kind: 'keys', keys: KEYS },
      },
    });
    const other = {
      source: 'assume-role',
      roleArn: ROLE,
      sessionName: 'team-a',
      durationSeconds: 900,
      from: 'instance',
    };
    expect(readAwsSecret(JSON.stringify(other))).toMatchObject({
      source: { sessionName: 'team-a', durationSeconds: 900, base: { kind: 'source', source: { source: 'instance' } } },
    });
  });

  it('names a web identity, a container or an instance', () => {
    expect(readAwsSecret(`{"source":"web-identity","roleArn":"${ROLE}","tokenFile":"/run/token"}`)).toMatchObject({
      source: { source: 'web-identity', roleArn: ROLE, tokenFile: '/run/token' },
    });
    expect(readAwsSecret('{"source":"container"}')).toEqual({ kind: 'source', source: { source: 'container' } });
    expect(readAwsSecret('{"source":"instance"}')).toEqual({ kind: 'source', source: { source: 'instance' } });
  });

  it.each([
    'sk-canary:secret',
    'AKIDEXAMPLEEXAMPLE01:',
    'AKIDEXAMPLEEXAMPLE01:canary:',
    'AKIDEXAMPLEEXAMPLE01:canary:b:c',
    '{canary',
    '{"source":"canary"}',
    '{"source":7}',
    '{"source":"assume-role","secretAccessKey":"canary"}',
    `{"source":"assume-role","roleArn":"${ROLE}","secretAccessKey":"canary"}`,
    '{"source":"assume-role","roleArn":"canary"}',
    `{"source":"assume-role","roleArn":"${ROLE}","from":{"source":"assume-role","roleArn":"${ROLE}","from":"instance"}}`,
    `{"source":"assume-role","roleArn":"${ROLE}","from":"instance","durationSeconds":10}`,
    `{"source":"assume-role","roleArn":"${ROLE}","from":"instance","sessionName":"a canary"}`,
  ])('is refused without a word of it: %s', (secret) => {
    const refusal = expect.objectContaining({
      code: 'provider.no_credential',
      message: expect.not.stringContaining('canary'),
    });
    expect(() => readAwsSecret(secret)).toThrow(refusal);
  });
});

describe('the region', () => {
  it.each([
    ['https://bedrock-runtime.us-east-1.amazonaws.com', 'us-east-1'],
    ['https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['https://bedrock-runtime.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['https://vpce-0a1b-2c3d.bedrock-runtime.ap-southeast-2.vpce.amazonaws.com', 'ap-southeast-2'],
    ['https://bedrock-runtime.eu-central-1.api.aws', 'eu-central-1'],
    ['http://127.0.0.1:8080', 'us-east-1'],
  ])('of %s is %s', (origin, region) => {
    expect(regionOf(origin)).toBe(region);
  });

  it('has a token service of its own', () => {
    expect(stsOrigin('eu-west-1')).toBe('https://sts.eu-west-1.amazonaws.com');
    expect(stsOrigin('cn-north-1')).toBe('https://sts.cn-north-1.amazonaws.com.cn');
  });
});
