import { errors } from 'undici';
import { GatewayError } from '../kernel/errors.ts';
import type { CallPhase, TransportFault } from './ports.ts';

/** Connection errors of a TLS handshake carry one of these prefixes, or are named among the codes below. */
const TLS_CODE_PREFIXES = ['ERR_TLS_', 'ERR_SSL_', 'CERT_'];
/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const TLS_CODES: ReadonlySet<string> = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'EPROTO',
]);
const LOOKUP_CODES: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA']);

/** How far a call had come. */
type Progress = { readonly phase: CallPhase; readonly hasHeaders: boolean };

/** The parser's word for a body in chunks that ends without its last one; its error code says nothing. */
const UNFINISHED_BODY = 'Invalid EOF state';

/**
 * An error of the HTTP client → what it means for the call. The message is ours: the client's own may hold an address
 * that was resolved.
 */
export function transportFault(error: unknown, progress: Progress): TransportFault {
  const { phase } = progress;
  if (error instanceof GatewayError) return { code: error.code, phase, message: error.message, cause: error };
  return phase === 'connect' ? connectFault(error) : answerFault(error, phase, progress.hasHeaders);
}

/** The fault of a call that ran out of time. */
export function timeoutFault(phase: CallPhase, limit: string, limitMs: number): TransportFault {
  const message = `The provider did not answer in time (${limit}: ${limitMs} ms).`;
  return { code: 'upstream.timeout', phase, message, cause: undefined };
}

function connectFault(error: unknown): TransportFault {
  const phase = 'connect';
  const code = codeOf(error);
  if (error instanceof errors.InvalidArgumentError || code === undefined) {
    return { code: 'internal.bug', phase, message: 'The request could not be sent.', cause: error };
  }
  if (error instanceof errors.ConnectTimeoutError || code === 'ETIMEDOUT') {
    const message = 'The provider did not accept the connection in time.';
    return { code: 'upstream.timeout', phase, message, cause: error };
  }
  const reason = connectReason(code);
  return {
    code: 'upstream.unreachable',
    phase,
    message: `The provider could not be reached: ${reason}.`,
    cause: error,
  };
}

function connectReason(code: string): string {
  if (LOOKUP_CODES.has(code)) return `its name cannot be resolved (${code})`;
  const isTls = TLS_CODES.has(code) || TLS_CODE_PREFIXES.some((prefix) => code.startsWith(prefix));
  return isTls ? `TLS was refused (${code})` : `connecting failed (${code})`;
}

function answerFault(error: unknown, phase: 'first_byte' | 'body', hasHeaders: boolean): TransportFault {
  if (error instanceof errors.SocketError) return cutFault(phase, error);
  if (error instanceof errors.ResponseContentLengthMismatchError) {
    // Before the headers are complete there is no body to be short: the length itself contradicts the rest of them.
    return hasHeaders ? cutFault(phase, error) : invalidAnswer(phase, 'its stated length is not valid', error);
  }
  if (error instanceof errors.HTTPParserError) {
    // The error itself carries bytes of the answer, which do not belong in a log.
    const cause = new Error(error.message);
    return error.message.includes(UNFINISHED_BODY)
      ? cutFault(phase, cause)
      : invalidAnswer(phase, 'it is not valid HTTP', cause);
  }
  if (error instanceof errors.HeadersOverflowError) return invalidAnswer(phase, 'its headers are too large', error);
  if (codeOf(error) !== undefined) return cutFault(phase, error);
  return { code: 'internal.bug', phase, message: 'The provider’s answer could not be handled.', cause: error };
}

/** The answer ended before its end. */
export function cutFault(phase: CallPhase, cause: unknown): TransportFault {
  const message =
    phase === 'body'
      ? 'The provider’s answer ended before it was complete.'
      : 'The provider closed the connection without an answer.';
  return { code: 'upstream.cut', phase, message, cause };
}

/** The answer cannot be understood; `reason` completes “: …”. */
export function invalidAnswer(phase: CallPhase, reason: string, cause?: unknown): TransportFault {
  const message = `The provider’s answer could not be understood: ${reason}.`;
  return { code: 'upstream.invalid_answer', phase, message, cause };
}

/** The answer is larger than the call accepts. */
export function tooLargeFault(limitBytes: number): TransportFault {
  const message = `The provider’s answer is larger than ${limitBytes} bytes.`;
  return { code: 'upstream.answer_too_large', phase: 'body', message, cause: undefined };
}

/** The code of a system, TLS or client error; an error without one is none of theirs. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
