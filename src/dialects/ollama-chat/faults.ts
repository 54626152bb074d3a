import type { ErrorCode, GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { FaultAnswer } from '../contract.ts';
import { bodyText, codeOfStatus, providerFault, readRetryAfter } from '../provider-fault.ts';

/**
 * A prompt beyond the context is the caller's to mend, yet servers tell it as an error of their own (500) as often as with
 * 400, in the words of whichever engine ran the model.
 */
const CONTEXT_EXCEEDED =
  /exceeds? (?:the |maximum )?(?:available )?context|longer than the context length|exceed_context_size/i;

/** `{"error":"…"}` with a status: https://docs.ollama.com/api/errors */
export function decodeFault(answer: FaultAnswer, nowMs: number): GatewayError {
  const body = parseJsonOrUndefined(answer.body.toString());
  const said = isJsonObject(body) ? readWords(body['error']) : undefined;
  const message = said?.message ?? bodyText(answer.body);
  return providerFault(
    {
      status: answer.status,
      message,
      code: said?.code,
      retryAfterSeconds: readRetryAfter(answer.headers['retry-after'], nowMs),
    },
    codeOf(answer.status, message),
  );
}

/** The error that a line carries in place of a piece of the answer; `undefined` for a line that is none. */
export function faultOfLine(line: JsonObject): GatewayError | undefined {
  const error = line['error'];
  if (error === undefined || error === null || error === '') return undefined;
  const status = typeof line['status'] === 'number' ? line['status'] : 0;
  const said = readWords(error);
  const message = said?.message ?? '';
  return providerFault({ status, message, code: said?.code }, codeOf(status, message) ?? codeWithin(status));
}

/** An error within an answer that began well is the provider's failure, unless it names a status that says otherwise. */
function codeWithin(status: number): ErrorCode {
  return status >= 400 ? codeOfStatus(status, '') : 'upstream.error';
}

function codeOf(status: number, message: string): ErrorCode | undefined {
  return (status === 0 || status === 500) && CONTEXT_EXCEEDED.test(message) ? 'upstream.bad_request' : undefined;
}

/** The text of an error. Some carry their engine's own JSON as a text within the text. */
function readWords(
  error: JsonValue | undefined,
): { readonly message: string; readonly code: string | undefined } | undefined {
  const inner = typeof error === 'string' && error.startsWith('{') ? parseJsonOrUndefined(error) : error;
  if (isJsonObject(inner)) {
    if (typeof inner['message'] === 'string') return { message: inner['message'], code: textOf(inner['type']) };
    if (inner['error'] !== undefined && inner['error'] !== error) return readWords(inner['error']);
  }
  return typeof error === 'string' ? { message: error, code: undefined } : undefined;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
