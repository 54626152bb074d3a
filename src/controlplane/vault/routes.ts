import { CONTROL_PREFIX, type ControlRoutes, route } from '../http.ts';
import { toVault, vaultSchema } from './schema.ts';

const TAGS = ['vault'];
const BASE = `${CONTROL_PREFIX}/vault`;

/** `/vault`: the encryption of stored secrets. */
export const vaultRoutes: ControlRoutes = (app, { vault }) => {
  app.get(
    BASE,
    route('installation.read', {
      operationId: 'getVault',
      summary: 'Shows the versions of the master key and how far a rotation is.',
      tags: TAGS,
      response: { 200: vaultSchema },
    }),
    async () => toVault(await vault.status()),
  );
  app.post(
    `${BASE}/rotate`,
    route('installation.write', {
      operationId: 'rotateVault',
      summary: 'Begins, or goes on with, sealing every secret under a new version of the master key.',
      tags: TAGS,
      response: { 202: vaultSchema },
    }),
    async (_request, reply) => reply.code(202).send(toVault(await vault.rotate())),
  );
};
