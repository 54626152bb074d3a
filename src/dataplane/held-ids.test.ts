import { describe, expect, it } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import type { HeldId } from '../protocol/held.ts';
import type { Principal } from '../protocol/principal.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { onlyWhereHeld } from './held-ids.ts';
import { deploymentAt } from './testing/deployment.ts';

const NOW_MS = 1_000_000;
const FIRST = deploymentAt('https://first.test', 'gpt-5', { id: 'conn_1', name: 'first' });
const SECOND = deploymentAt('https://second.test', 'gpt-5', { id: 'conn_2', name: 'second' });

const principalOf = (projectId: string, keyId = 'key_1'): Principal => ({
  organizationId: 'org_1',
  projectId,
  keyId,
  keyName: keyId,
  memberId: undefined,
  serviceAccountId: undefined,
  teamId: undefined,
  refusesLosses: false,
  cacheSeconds: undefined,
});

const heldBy = (projectId: string, id: string, change: Partial<HeldId> = {}): HeldId => ({
  id,
  kind: 'response',
  organizationId: 'org_1',
  projectId,
  connectionId: 'conn_1',
  credentialId: undefined,
  upstreamId: undefined,
  upstreamModel: 'gpt-5',
  createdAt: NOW_MS - 1000,
  expiresAt: NOW_MS + 1000,
  video: undefined,
  ...change,
});

const BOUND = [
  heldBy('proj_1', 'resp_1'),
  heldBy('proj_1', 'resp_2', { connectionId: 'conn_2' }),
  heldBy('proj_1', 'resp_old', { expiresAt: NOW_MS }),
  heldBy('proj_2', 'resp_foreign'),
];

/** As the store finds them: within one project. */
const held = {
  find: async ({ organizationId, projectId }: Tenant, ids: readonly string[]) =>
    BOUND.filter((bound) => {
      return bound.organizationId === organizationId && bound.projectId === projectId && ids.includes(bound.id);
    }),
};

function ask(ids: readonly string[], principal = principalOf('proj_1')) {
  const references = ids.map((id, index) => ({ id, field: `input[${index}].id` }));
  const placed = [FIRST, SECOND].map((deployment) => ({ deployment, weight: 1, timeouts: {} }));
  const routed = { group: 'small-model', route: undefined, rule: undefined, tiers: [placed] };
  const asked = { request: { references }, principal, held, nowMs: NOW_MS };
  return onlyWhereHeld(routed, asked).then(({ tiers }) => tiers.flat().map(({ deployment }) => deployment));
}

async function refusalOf(asked: Promise<unknown>): Promise<GatewayError> {
  const thrown: unknown = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(thrown instanceof GatewayError)) throw new Error('nothing was refused');
  return thrown;
}

describe('a request that refers to what a provider keeps', () => {
  it('may go anywhere where it refers to nothing', async () => {
    expect(await ask([])).toEqual([FIRST, SECOND]);
  });

  it('goes to the connection where that is, whichever key of the project asks', async () => {
    expect(await ask(['resp_1'])).toEqual([FIRST]);
    expect(await ask(['resp_2'], principalOf('proj_1', 'key_2'))).toEqual([SECOND]);
  });

  it('is told of another project’s id what it is told of one that nobody has', async () => {
    const [foreign, missing] = await Promise.all([refusalOf(ask(['resp_foreign'])), refusalOf(ask(['resp_none']))]);
    expect(foreign).toMatchObject({ code: 'resource.not_found', status: 404, param: 'input[0].id' });
    const told = ({ code, status, param, message, details }: GatewayError) => ({
      code,
      status,
      param,
      message,
      details,
    });
    expect(told(foreign)).toEqual(told(missing));
    expect(foreign.message).not.toContain('resp_');
    expect(await ask(['resp_foreign'], principalOf('proj_2'))).toEqual([FIRST]);
  });

  it('does not find what its provider has forgotten', async () => {
    expect(await refusalOf(ask(['resp_old']))).toMatchObject({ code: 'resource.not_found' });
  });

  it('is refused where one of many is not there, with its place', async () => {
    expect(await refusalOf(ask(['resp_1', 'resp_1', 'resp_none']))).toMatchObject({ param: 'input[2].id' });
  });

  it('is refused where what it needs lies at two connections', async () => {
    expect(await refusalOf(ask(['resp_1', 'resp_2']))).toMatchObject({ code: 'request.not_held', status: 400 });
  });

  it('is refused with more references than are looked up', async () => {
    const many = Array.from({ length: 1000 }, () => 'resp_1');
    expect(await ask(many)).toEqual([FIRST]);
    expect(await refusalOf(ask([...many, 'resp_1']))).toMatchObject({
      code: 'request.invalid',
      param: 'input[1000].id',
    });
  });
});
