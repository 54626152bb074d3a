import type { FastifyRequest } from 'fastify';
import { GatewayError } from '../kernel/errors.ts';

const REVISION = /^"([1-9]\d{0,8})"$/;

/**
 * The revision that a change is meant for, as `If-Match` names it; `undefined` where any will do.
 * https://www.rfc-editor.org/rfc/rfc9110#field.if-match
 * @throws request.invalid
 */
export function ifRevisionOf(request: Pick<FastifyRequest, 'headers'>): number | undefined {
  const header = request.headers['if-match'];
  if (header === undefined || header.trim() === '*') return undefined;
  const revision = REVISION.exec(header.trim())?.[1];
  if (revision === undefined) {
    throw new GatewayError('request.invalid', {
      param: 'if-match',
      message: 'If-Match: has to be the `ETag` of an earlier answer, such as `"3"`.',
    });
  }
  return Number(revision);
}
