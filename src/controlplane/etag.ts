import type { FastifyRequest } from 'fastify';
import { GatewayError } from '../kernel/errors.ts';

const ENTITY_TAG = /^"(\d{1,9})"$/;

/**
 * The revision that a change is made for, out of `If-Match: "<revision>"`; `undefined` where the caller names none.
 * @throws request.invalid for a header that names no revision
 */
export function ifRevisionOf(request: FastifyRequest): number | undefined {
  const header = request.headers['if-match'];
  if (header === undefined || header === '*') return undefined;
  const revision = ENTITY_TAG.exec(header.trim())?.[1];
  if (revision !== undefined) return Number(revision);
  throw new GatewayError('request.invalid', {
    message: 'If-Match: has to be the ETag of an answer, such as "3".',
    param: 'If-Match',
  });
}
