import type { FastifyRequest } from 'fastify';
import { callerOf } from './http.ts';

/** Who stands on what a request has made; the installation's own token is nobody. */
export function actorIdOf(request: FastifyRequest): string | undefined {
  const { actor } = callerOf(request);
  switch (actor?.kind) {
    case 'person':
      return actor.userId;
    case 'management_key':
      return actor.key.id;
    case 'installation':
    case undefined:
      return undefined;
  }
}
