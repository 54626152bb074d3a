import { describe, expect, test } from 'vitest';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { accessAs, codeOf, openPeople } from '../storage/testing/people.ts';
import { virtualKey } from '../storage/testing/rows.ts';
import { TEST_ENGINES } from '../storage/testing/stores.ts';

describe.each(TEST_ENGINES)('organizations in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('are made with a default project and an owner, who is in at once', async () => {
      const { organizations, store, addUser } = await openPeople(engine);
      const ownerId = await addUser('ada@example.com');
      const version = await store.configuration.version();
      const { organization, project } = await organizations.create({ name: ' Acme ', kind: 'personal', ownerId });
      expect(organization).toMatchObject({ name: 'Acme', kind: 'personal', state: 'active', revision: 1 });
      expect(await organizations.get(organization.id)).toEqual(organization);
      expect(await store.configuration.version()).toBe(version + 1);
      const [membership] = await store.access.membershipsOf(ownerId);
      expect(membership).toMatchObject({
        member: { role: 'owner', state: 'active' },
        tenant: { organizationId: organization.id, projectId: project.id },
      });
    });

    test('are none when their owner is nobody', async () => {
      const { organizations } = await openPeople(engine);
      const making = organizations.create({ name: 'Acme', kind: 'standard', ownerId: 'usr_none' });
      expect(await codeOf(making)).toBe('resource.not_found');
      expect(await organizations.list({ limit: 10 })).toMatchObject([{ id: DEFAULT_TENANT.organizationId }]);
    });

    test('have a name without control characters, not too long', async () => {
      const { organizations } = await openPeople(engine);
      const making = (name: string) => codeOf(organizations.create({ name, kind: 'standard', ownerId: undefined }));
      for (const name of ['', '   ', 'a\u0007b', 'a'.repeat(101)]) expect(await making(name)).toBe('request.invalid');
      expect(await making('a'.repeat(100))).toBe('done');
    });

    test('are listed page by page, by state and by a part of the name', async () => {
      const { organizations } = await openPeople(engine);
      const made = [];
      for (const name of ['Alpha', 'Beta']) {
        made.push((await organizations.create({ name, kind: 'standard', ownerId: undefined })).organization);
      }
      const [alpha, beta] = made;
      await organizations.suspend(beta?.id ?? '', 'unpaid');
      const names = async (page: object) => (await organizations.list({ limit: 10, ...page })).map(({ name }) => name);
      expect(await names({ limit: 1 })).toHaveLength(1);
      expect(await names({ search: 'ALPH' })).toEqual(['Alpha']);
      expect(await names({ state: 'suspended' })).toEqual(['Beta']);
      expect(await names({ state: 'active', search: 'lph', afterId: alpha?.id })).toEqual([]);
    });

    test('change field by field, from the revision that the caller knows', async () => {
      const { organizations } = await openPeople(engine);
      const { organization } = await organizations.create({ name: 'Acme', kind: 'standard', ownerId: undefined });
      const { id } = organization;
      const first = await organizations.update(id, { ownCredentialsAllowed: true, ownCredentialsUse: 'only' }, 1);
      expect(first.before).toEqual(organization);
      expect(first.after).toEqual({
        ...organization,
        ownCredentialsAllowed: true,
        ownCredentialsUse: 'only',
        revision: 2,
      });
      const second = await organizations.update(id, { name: 'Acme Inc', ownCredentialsAllowed: null });
      expect(second.after).toMatchObject({
        name: 'Acme Inc',
        ownCredentialsAllowed: undefined,
        ownCredentialsUse: 'only',
      });
      expect(await codeOf(organizations.update(id, { name: 'late' }, 2))).toBe('resource.changed');
      expect(await codeOf(organizations.update('org_none', { name: 'x' }))).toBe('resource.not_found');
    });

    test('have a brand of which the rest stays, and a logo whose version changes with it', async () => {
      const { organizations } = await openPeople(engine);
      const made = async (name: string) =>
        (await organizations.create({ name, kind: 'standard', ownerId: undefined })).organization.id;
      const [id, other] = [await made('Acme'), await made('Other')];
      await organizations.update(id, { brand: { title: 'Acme AI', accent: '#0f766e' } });
      const edited = await organizations.update(id, { brand: { accent: null, supportAddress: 'help@example.com' } });
      expect(edited.after.brand).toEqual({ title: 'Acme AI', supportAddress: 'help@example.com' });
      expect(await codeOf(organizations.update(id, { brand: { title: 'late' } }, 1))).toBe('resource.changed');

      const logo = (text: string) => ({ type: 'image/png', bytes: Buffer.from(text) }) as const;
      const first = await organizations.setLogo(id, logo('one'));
      const second = await organizations.setLogo(id, logo('two'));
      expect(second.after.brand).toMatchObject({
        title: 'Acme AI',
        logoVersion: expect.stringMatching(/^[0-9a-f]{16}$/),
      });
      expect(second.after.brand.logoVersion).not.toBe(first.after.brand.logoVersion);
      expect(await organizations.logo(id)).toEqual(logo('two'));
      expect(await organizations.logo(other)).toBeUndefined();
      expect((await organizations.setLogo(id, undefined)).after.brand).toEqual(edited.after.brand);
      expect(await organizations.logo(id)).toBeUndefined();
      await organizations.close(id, undefined);
      expect(await codeOf(organizations.setLogo(id, logo('late')))).toBe('resource.conflict');
    });

    test('are suspended with a reason, and come back', async () => {
      const { organizations, time } = await openPeople(engine);
      const { organization } = await organizations.create({ name: 'Acme', kind: 'standard', ownerId: undefined });
      const { id } = organization;
      expect(await codeOf(organizations.suspend(id, ' '))).toBe('request.invalid');
      const { after } = await organizations.suspend(id, 'unpaid');
      expect(after).toMatchObject({ state: 'suspended', stateReason: 'unpaid', stateChangedAt: time.nowMs });
      expect((await organizations.reactivate(id)).after).toMatchObject({ state: 'active', stateReason: undefined });
    });

    test('that are closed keep no keys, members or invitations, and never come back', async () => {
      const { organizations, members, invitations, store, addMember, database, letters, addUser, time } =
        await openPeople(engine);
      const { organization, project } = await organizations.create({
        name: 'Acme',
        kind: 'standard',
        ownerId: undefined,
      });
      const { id } = organization;
      const tenant = { organizationId: id, projectId: project.id };
      const owner = await addMember(id, 'owner', 'ada@example.com');
      await store.keys.insert(tenant, virtualKey('vk_1', { memberId: owner }));
      await database.write(async (transaction) => {
        await transaction
          .insertInto('service_accounts')
          .values({ id: 'svc_1', organization_id: id, name: 'ci', role: 'admin', state: 'active', created_at: 1 })
          .execute();
        await transaction
          .insertInto('management_keys')
          .values({
            id: 'mk_1',
            organization_id: id,
            service_account_id: 'svc_1',
            name: 'k',
            hash: 'mk-hash',
            masked: 'm',
            scopes: '[]',
            created_at: 1,
          })
          .execute();
      });
      expect(await store.access.managementKeyByHash('mk-hash', time.nowMs)).toBeDefined();
      await invitations.create(accessAs('owner', { tenant, memberId: owner }), {
        email: 'eve@example.com',
        role: 'viewer',
        teamIds: [],
      });
      const { after } = await organizations.close(id, 'moved away');
      expect(after).toMatchObject({ state: 'closed', stateReason: 'moved away' });
      expect(await store.keys.get(tenant, 'vk_1')).toMatchObject({ revokedAt: time.nowMs });
      expect(await store.access.managementKeyByHash('mk-hash', time.nowMs)).toBeUndefined();
      expect(await members.list(id, { limit: 10 })).toEqual([]);
      const eve = await addUser('eve@example.com');
      expect(await codeOf(invitations.accept(letters[0]?.token ?? '', eve))).toBe('auth.link_invalid');
      const attempts = [
        organizations.reactivate(id),
        organizations.suspend(id, 'again'),
        organizations.close(id, undefined),
        organizations.update(id, { name: 'x' }),
      ];
      expect(await Promise.all(attempts.map(codeOf))).toEqual(Array(4).fill('resource.conflict'));
    });

    test('of which the first is neither suspended nor closed', async () => {
      const { organizations } = await openPeople(engine);
      const id = DEFAULT_TENANT.organizationId;
      expect(await codeOf(organizations.suspend(id, 'why'))).toBe('resource.conflict');
      expect(await codeOf(organizations.close(id, undefined))).toBe('resource.conflict');
      expect(await organizations.get(id)).toMatchObject({ state: 'active' });
    });
  });
});
