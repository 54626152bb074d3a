import type { ErrorCode, GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { FaultAnswer } from '../contract.ts';
import { bodyText, providerFault, readRetryAfter } from '../provider-fault.ts';

/** `InputTextSensitiveContentDetected`, `OutputImageSensitiveContentDetected.PolicyViolation`, … are bad requests, too. */
const CONTENT_CODE = /SensitiveContentDetected|RiskDetection/;

/** https://www.volcengine.com/docs/82379/1299023 */
export function decodeArkFault(answer: FaultAnswer, nowMs: number): GatewayError {
  const body = parseJsonOrUndefined(answer.body.toString());
  const error = isJsonObject(body) && isJsonObject(body['error']) ? body['error'] : undefined;
  const { message, code, param } = error ?? {};
  const word = typeof code === 'string' ? code : undefined;
  return providerFault(
    {
      status: answer.status,
      message: typeof message === 'string' ? message : bodyText(answer.body),
      code: word,
      param: typeof param === 'string' ? param : undefined,
      retryAfterSeconds: readRetryAfter(answer.headers['retry-after'], nowMs),
    },
    contentCode(word),
  );
}

/** The error that stands in the place of an answer, of one of its pictures or of a film; `undefined` where none stands. */
export function carriedArkFault(error: JsonValue | undefined): GatewayError | undefined {
  if (!isJsonObject(error)) return undefined;
  const { message, code } = error;
  const word = typeof code === 'string' && code !== '' ? code : undefined;
  const text = typeof message === 'string' ? message : '';
  if (word === undefined && text === '') return undefined;
  return providerFault({ status: 0, message: text, code: word }, contentCode(word) ?? 'upstream.error');
}

function contentCode(code: string | undefined): ErrorCode | undefined {
  return code !== undefined && CONTENT_CODE.test(code) ? 'upstream.content_policy' : undefined;
}
