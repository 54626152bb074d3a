import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { AwsKeys } from './sigv4.ts';

/**
 * What a connection's secret may be where calls are signed for AWS, told apart by its text:
 *
 * - `accessKeyId:secretAccessKey` or `accessKeyId:secretAccessKey:sessionToken`;
 * - a Bedrock API key, which is sent as it is:
 *   https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-use.html
 * - `{"source":"…"}`, which names where temporary keys are had.
 */
export type AwsSecret =
  | { readonly kind: 'keys'; readonly keys: AwsKeys }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'source'; readonly source: AwsSource };

/** Where temporary keys are had. */
export type AwsSource =
  /** A role of this or another account, asked for with keys of one's own: `base`. */
  | {
      readonly source: 'assume-role';
      readonly roleArn: string;
      readonly sessionName: string;
      readonly externalId: string | undefined;
      readonly durationSeconds: number | undefined;
      readonly base:
        | { readonly kind: 'keys'; readonly keys: AwsKeys }
        | { readonly kind: 'source'; readonly source: AwsSource };
    }
  /** A role for whoever holds a token that Kubernetes or another issuer keeps in a file. */
  | {
      readonly source: 'web-identity';
      /** `undefined`: as `AWS_ROLE_ARN` and `AWS_WEB_IDENTITY_TOKEN_FILE` say. */
      readonly roleArn: string | undefined;
      readonly tokenFile: string | undefined;
      readonly sessionName: string;
      readonly durationSeconds: number | undefined;
    }
  /** The role of the container that the hub runs in (ECS, EKS Pod Identity). */
  | { readonly source: 'container' }
  /** The role of the machine that the hub runs on (EC2). */
  | { readonly source: 'instance' };

const SESSION_NAME_USUAL = 'aigne-hub';
const KEY_ID = /^[A-Za-z0-9_]{16,128}$/;
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;
/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const DURATION_SECONDS_MIN = 900;
const DURATION_SECONDS_MAX = 43_200;

/** @throws GatewayError `provider.no_credential` that says what is wrong and repeats nothing of the secret */
export function readAwsSecret(secret: string): AwsSecret {
  if (secret.startsWith('{')) {
    const object = parseJsonOrUndefined(secret);
    if (!isJsonObject(object)) throw wrong('is not valid JSON');
    return { kind: 'source', source: readSource(object) };
  }
  if (!secret.includes(':')) return { kind: 'bearer', token: secret };
  const [accessKeyId = '', secretAccessKey = '', sessionToken, ...more] = secret.split(':');
  if (more.length > 0) throw wrong('has more parts than `accessKeyId:secretAccessKey:sessionToken`');
  return { kind: 'keys', keys: checkKeys({ accessKeyId, secretAccessKey, sessionToken }) };
}

function readSource(object: JsonObject): AwsSource {
  const { source } = object;
  switch (typeof source === 'string' ? source : '') {
    case 'container':
      return { source: 'container' };
    case 'instance':
      return { source: 'instance' };
    case 'web-identity':
      return {
        source: 'web-identity',
        roleArn: textOf(object, 'roleArn', ROLE_ARN),
        tokenFile: textOf(object, 'tokenFile'),
        sessionName: textOf(object, 'sessionName', SESSION_NAME) ?? SESSION_NAME_USUAL,
        durationSeconds: durationOf(object),
      };
    case 'assume-role': {
      const roleArn = textOf(object, 'roleArn', ROLE_ARN);
      if (roleArn === undefined) throw wrong('names no `roleArn`');
      return {
        source: 'assume-role',
        roleArn,
        sessionName: textOf(object, 'sessionName', SESSION_NAME) ?? SESSION_NAME_USUAL,
        externalId: textOf(object, 'externalId', EXTERNAL_ID),
        durationSeconds: durationOf(object),
        base: readBase(object),
      };
    }
    default:
      throw wrong('names no known `source`: assume-role, web-identity, container or instance');
  }
}

/** Keys within the object itself, or another source under `from`. */
function readBase(object: JsonObject): Extract<AwsSource, { source: 'assume-role' }>['base'] {
  const { from } = object;
  if (from !== undefined) {
    const source = readSource(isJsonObject(from) ? from : { source: from });
    if (source.source === 'assume-role') throw wrong('assumes a role by another one');
    return { kind: 'source', source };
  }
  const accessKeyId = textOf(object, 'accessKeyId') ?? '';
  const secretAccessKey = textOf(object, 'secretAccessKey') ?? '';
  return {
    kind: 'keys',
    keys: checkKeys({ accessKeyId, secretAccessKey, sessionToken: textOf(object, 'sessionToken') }),
  };
}

function checkKeys(keys: AwsKeys): AwsKeys {
  if (!KEY_ID.test(keys.accessKeyId)) throw wrong('has no access key id');
  if (keys.secretAccessKey === '' || keys.sessionToken === '') throw wrong('has an empty part');
  return keys;
}

function textOf(object: JsonObject, key: string, form?: RegExp): string | undefined {
  const value = object[key];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '' && (form === undefined || form.test(value))) return value;
  throw wrong(`has no proper \`${key}\``);
}

function durationOf(object: JsonObject): number | undefined {
  const value = object['durationSeconds'];
  if (value === undefined) return undefined;
  const isWithin =
    Number.isInteger(value) && Number(value) >= DURATION_SECONDS_MIN && Number(value) <= DURATION_SECONDS_MAX;
  if (isWithin) return Number(value);
  throw wrong(`has no \`durationSeconds\` from ${DURATION_SECONDS_MIN} to ${DURATION_SECONDS_MAX}`);
}

function wrong(how: string): GatewayError {
  return new GatewayError('provider.no_credential', { message: `The AWS credential ${how}.` });
}
