import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { IDEMPOTENCY_HEADER, readIdempotencyKey } from '../identity/idempotency.ts';
import type { Actor } from '../protocol/people.ts';
import { callerOf } from './http.ts';
import { isSafeMethod } from './same-site.ts';
import type { ControlServices } from './services.ts';

/** Of an answer's headers, those that say something about what was done; the others are each answer's own. */
const KEPT_HEADERS = ['content-type', 'etag', 'location', 'retry-after'];
const CLAIM = 'idempotencyClaim';

/**
 * A change that is sent with `Idempotency-Key` is made once in a day: who sends it again gets the first answer again,
 * errors included. What the gate or the schemas refuse has not begun and is not kept. Whoever calls without being known
 * has no key.
 */
export function doOnce(app: FastifyInstance, services: ControlServices): void {
  const { idempotency, reportError } = services;
  app.decorateRequest(CLAIM, null);
  app.addHook('preHandler', async (request, reply) => {
    const { actor } = callerOf(request);
    const key = request.headers[IDEMPOTENCY_HEADER];
    if (key === undefined || actor === undefined || isSafeMethod(request.method)) return undefined;
    const outcome = await idempotency.begin({
      caller: callerName(actor),
      key: readIdempotencyKey(key),
      content: contentOf(request),
    });
    if (outcome.kind === 'begun') {
      request.setDecorator<string | null>(CLAIM, outcome.claim);
      return undefined;
    }
    const { status, headers, body } = outcome.answer;
    return reply
      .code(status)
      .headers({ ...headers, 'idempotency-replayed': 'true' })
      .send(body);
  });
  app.addHook('onSend', async (request, reply, payload: unknown) => {
    const claim = request.getDecorator<string | null>(CLAIM);
    if (claim === null) return payload;
    request.setDecorator<string | null>(CLAIM, null);
    const body = typeof payload === 'string' ? payload : '';
    try {
      await idempotency.finish(claim, { status: reply.statusCode, headers: keptHeaders(reply), body });
    } catch (error) {
      // What was asked for has been done, and its answer goes out. Who asks again is told that the outcome is lost.
      reportError({ requestId: request.id, error });
    }
    return payload;
  });
}

function callerName(actor: Actor): string {
  switch (actor.kind) {
    case 'installation':
      return 'installation';
    case 'person':
      return `person ${actor.userId}`;
    case 'management_key':
      return `management key ${actor.key.id}`;
  }
}

/** The body as its schema has read it: spaces and defaults make no other request. */
function contentOf(request: FastifyRequest): string {
  const organizationId = callerOf(request).access?.tenant.organizationId;
  return JSON.stringify([
    request.method,
    request.url,
    organizationId ?? null,
    request.headers['if-match'] ?? null,
    request.body ?? null,
  ]);
}

function keptHeaders(reply: FastifyReply): Readonly<Record<string, string>> {
  return Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const value = reply.getHeader(name);
      return value === undefined ? [] : [[name, String(value)] as const];
    }),
  );
}
