import type { IncomingMessage, ServerResponse } from 'node:http';

/** One thing that has to be well before requests are taken. */
export type ReadyCheck = { readonly name: string; readonly ok: boolean; readonly message: string | undefined };

export type OperationsInput = {
  readonly ready: () => Promise<readonly ReadyCheck[]>;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  /** Whether this caller may read the metrics. */
  readonly mayReadMetrics: (request: IncomingMessage) => Promise<boolean>;
  readonly onError: (error: unknown) => void;
};

/** Spellings that other gateways' charts and load balancers ask for are answered, too. */
const LIVE = new Set(['/livez', '/health/liveliness', '/health/liveness', '/healthz', '/status']);
const READY = new Set(['/readyz', '/health/readiness', '/status/ready']);

/** Health and metrics. `/livez` asks nothing of anything; `/readyz` asks everything that a request needs. */
export function createOperations(
  input: OperationsInput,
): (request: IncomingMessage, response: ServerResponse, path: string) => boolean {
  return (request, response, path) => {
    if (!LIVE.has(path) && !READY.has(path) && path !== '/metrics') return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      send(response, 405, 'text/plain; charset=utf-8', 'Only GET and HEAD are answered here.\n');
    } else if (LIVE.has(path)) send(response, 200, 'text/plain; charset=utf-8', 'ok\n');
    else if (READY.has(path)) run(response, input, () => answerReady(request, response, input));
    else run(response, input, () => answerMetrics(request, response, input));
    return true;
  };
}

async function answerReady(request: IncomingMessage, response: ServerResponse, input: OperationsInput): Promise<void> {
  const checks = await input.ready();
  const isReady = checks.every((check) => check.ok);
  const isVerbose = (request.url ?? '').includes('verbose');
  const lines = checks.map(
    ({ name, ok, message }) => `${ok ? 'ok' : 'not ok'} ${name}${message === undefined ? '' : `: ${message}`}`,
  );
  const text = isVerbose
    ? `${lines.join('\n')}\n`
    : isReady
      ? 'ready\n'
      : `not ready: ${checks
          .filter((check) => !check.ok)
          .map((check) => check.name)
          .join(', ')}\n`;
  send(response, isReady ? 200 : 503, 'text/plain; charset=utf-8', text);
}

async function answerMetrics(
  request: IncomingMessage,
  response: ServerResponse,
  input: OperationsInput,
): Promise<void> {
  if (!(await input.mayReadMetrics(request))) {
    response.setHeader('www-authenticate', 'Bearer');
    send(
      response,
      401,
      'text/plain; charset=utf-8',
      'Metrics need the admin token; `metrics.access` can change that.\n',
    );
    return;
  }
  const { contentType, text } = await input.metrics();
  send(response, 200, contentType, text);
}

function run(response: ServerResponse, input: OperationsInput, answer: () => Promise<void>): void {
  answer().catch((error: unknown) => {
    input.onError(error);
    if (response.headersSent) response.destroy();
    else send(response, 503, 'text/plain; charset=utf-8', 'not ready\n');
  });
}

function send(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.writeHead(status, {
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
