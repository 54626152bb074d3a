import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type ErrorCode, GatewayError } from '../kernel/errors.ts';
import { parseJson } from '../kernel/json.ts';
import { jsonObjectField } from './fields.ts';

/** The shape of every error of the control plane. */
export const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.string().describe('Stable; see docs/errors.md.'),
    message: z.string(),
    remedy: z.string().describe('What to do about it.'),
    param: z.string().optional().describe('The field that is wrong.'),
    details: jsonObjectField.optional(),
    request_id: z.string(),
  }),
});

/** Problems of one request that are listed; the rest is counted by the caller mending these. */
const PROBLEMS_MAX = 20;

/** What Fastify's own refusals are called in the catalogue. @see https://fastify.dev/docs/latest/Reference/Errors/ */
const FRAMEWORK_CODES: Readonly<Record<string, { readonly code: ErrorCode; readonly message?: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'request.too_large' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'request.body_required' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'request.malformed_json' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'request.invalid', message: 'The body is not as long as it says.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'request.invalid',
    message: 'The body has to be sent as `Content-Type: application/json`.',
  },
  FST_ERR_BAD_URL: { code: 'request.host_invalid' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'route.not_found' },
};

/** Anything that a route or the framework threw → an error that may be shown. */
export function toControlError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  if (hasZodFastifySchemaValidationErrors(thrown)) return toValidationError(thrown.validation);
  const known = FRAMEWORK_CODES[frameworkCode(thrown)];
  if (known !== undefined) return new GatewayError(known.code, { message: known.message, cause: thrown });
  return new GatewayError('internal.bug', { cause: thrown });
}

function toValidationError(
  issues: readonly { readonly instancePath: string; readonly message?: string | undefined }[],
): GatewayError {
  const problems = issues.slice(0, PROBLEMS_MAX).map((issue) => ({
    path: issue.instancePath
      .split('/')
      .filter((part) => part !== '')
      .join('.'),
    message: issue.message ?? 'is not valid',
  }));
  const [first] = problems;
  return new GatewayError('request.invalid', {
    message: first === undefined ? undefined : sentence(first),
    param: first === undefined || first.path === '' ? undefined : first.path,
    details: { problems },
  });
}

function sentence(problem: { readonly path: string; readonly message: string }): string {
  return problem.path === '' ? `${problem.message}.` : `${problem.path}: ${problem.message}.`;
}

function frameworkCode(thrown: unknown): string {
  if (!(thrown instanceof Error) || !('code' in thrown)) return '';
  return typeof thrown.code === 'string' ? thrown.code : '';
}

/** The body of an error answer. `cause` never comes into it. */
export function errorBody(error: GatewayError, requestId: string): z.output<typeof errorSchema> {
  return {
    error: {
      code: error.code,
      message: error.message,
      remedy: error.remedy,
      ...(error.param === undefined ? {} : { param: error.param }),
      ...(error.details === undefined ? {} : { details: toJson(error.details) }),
      request_id: requestId,
    },
  };
}

/** Details are declared as unknown; what JSON cannot hold becomes text, so that an answer never fails on them. */
function toJson(details: Readonly<Record<string, unknown>>): Record<string, z.core.util.JSONType> {
  const text = JSON.stringify(details, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  return jsonObjectField.parse(parseJson(text));
}
