import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../kernel/errors.ts';

/** The one form in which a revision is sent back: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3 */
const REVISION_TAG = /^"([1-9]\d{0,8})"$/;

/**
 * The revision that a change is to meet, by `If-Match`; `undefined`: whichever there is.
 * @throws request.invalid for a weak tag, a list, and what is no tag of ours: none of them may pass as no condition
 */
export function ifRevisionOf(request: FastifyRequest): number | undefined {
  const given = request.headers['if-match'];
  // A route that changes what is not there answers 404 by itself.
  if (given === undefined || given.trim() === '*') return undefined;
  const revision = REVISION_TAG.exec(given.trim())?.[1];
  if (revision !== undefined) return Number(revision);
  throw new GatewayError('request.invalid', {
    param: 'if-match',
    message: 'If-Match: has to be the `ETag` of an answer, such as `"12"`, or `*`.',
  });
}

/** Sends the revision of a resource as its `ETag`, and nothing but that to who has this revision already. */
export function answerWithTags(app: FastifyInstance): void {
  app.addHook('preSerialization', async (_request, reply, payload: unknown) => {
    const revision = revisionOf(payload);
    if (revision !== undefined && isSuccess(reply)) reply.header('etag', `"${revision}"`);
    return payload;
  });
  app.addHook('onSend', async (request, reply, payload: unknown) => {
    if (request.method !== 'GET' || !isSuccess(reply) || !isKnown(request, reply)) return payload;
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    return null;
  });
}

function revisionOf(payload: unknown): number | undefined {
  if (typeof payload !== 'object' || payload === null || !('revision' in payload)) return undefined;
  return typeof payload.revision === 'number' ? payload.revision : undefined;
}

function isSuccess({ statusCode }: FastifyReply): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/** Whether `If-None-Match` names the answer's tag. Weak tags count there, since proxies make strong ones weak. */
function isKnown(request: FastifyRequest, reply: FastifyReply): boolean {
  const tag = reply.getHeader('etag');
  const known = request.headers['if-none-match'];
  if (tag === undefined || known === undefined) return false;
  return known.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag);
}
