import { type Logger as PinoLogger, pino, stdSerializers } from 'pino';
import { scrubSecrets } from './scrub-secrets.ts';

export type Logger = Pick<PinoLogger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'flush'>;
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Fields that never reach a log, wherever in an object they stand one or two levels deep. */
const SECRET_FIELDS = [
  'secret',
  'authorization',
  'cookie',
  'token',
  'password',
  'apiKey',
  'masterKey',
  'pepper',
  'sealed',
];
const REDACTED_PATHS = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`, `headers["${field}"]`]);

/** JSON lines on standard error, or into `destination`. What looks like a secret in a message is struck out. */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly instanceId: string;
  readonly destination?: NodeJS.WritableStream;
}): Logger {
  return pino(
    {
      level: options.level,
      base: { instance: options.instanceId },
      redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
      serializers: { err: serializeError, error: serializeError, cause: serializeError },
      hooks: {
        logMethod(input, method) {
          method.apply(
            this,
            // pino calls with the very arguments it was given; only texts among them are changed.
            input.map((part) => (typeof part === 'string' ? scrubSecrets(part) : part)) as typeof input,
          );
        },
      },
    },
    options.destination ?? pino.destination({ dest: 2, sync: false, minLength: 0 }),
  );
}

function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? scrubSecrets(error) : error;
  const { type, message, stack } = stdSerializers.err(error);
  return {
    type,
    message: scrubSecrets(message),
    stack: scrubSecrets(stack),
    code: 'code' in error ? error.code : undefined,
  };
}
