import { describe, expect, test } from 'vitest';
import type { Role } from '../protocol/people.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { accessAs, codeOf, DAY_MS, openPeople } from '../storage/testing/people.ts';
import { TEST_ENGINES } from '../storage/testing/stores.ts';

const { organizationId } = DEFAULT_TENANT;
const HOUR_MS = 3_600_000;
const OWNER = accessAs('owner');
const ADMIN = accessAs('admin');
const EVE = { email: 'eve@example.com', role: 'developer' as Role, teamIds: [] };

describe.each(TEST_ENGINES)('invitations in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('make a member with the role and the teams that are left, once', async () => {
      const { invitations, members, teams, letters, addUser, time } = await openPeople(engine);
      const stays = await teams.create(organizationId, 'stays');
      const goes = await teams.create(organizationId, 'goes');
      const made = await invitations.create(ADMIN, {
        ...EVE,
        email: 'Eve@Example.com',
        teamIds: [stays.id, goes.id, stays.id],
      });
      expect(made).toMatchObject({ email: 'eve@example.com', expiresAt: time.nowMs + 7 * DAY_MS });
      const [letter] = letters;
      expect(letter).toMatchObject({ to: 'eve@example.com', role: 'developer', organization: { id: organizationId } });
      const token = letter?.token ?? '';
      expect(token).toMatch(/^[\w-]{43}$/);
      expect(await invitations.find(token)).toMatchObject({
        invitation: { id: made.id },
        organization: { id: organizationId },
      });
      await teams.remove(organizationId, goes.id);
      const eve = await addUser('eve@example.com');
      const outcomes = await Promise.all(Array.from({ length: 4 }, () => codeOf(invitations.accept(token, eve))));
      expect(outcomes.toSorted()).toEqual([...Array(3).fill('auth.link_invalid'), 'done']);
      expect(await members.list(organizationId, { limit: 10 })).toMatchObject([
        { userId: eve, role: 'developer', state: 'active', teamIds: [stays.id] },
      ]);
      expect((await invitations.get(organizationId, made.id))?.acceptedAt).toBe(time.nowMs);
      expect(await invitations.find(token)).toBeUndefined();
    });

    test('keep nothing in the store that the link could be made from', async () => {
      const { invitations, letters, database } = await openPeople(engine);
      await invitations.create(ADMIN, EVE);
      const [row] = await database.read((reading) => reading.selectFrom('invitations').selectAll().execute());
      expect(JSON.stringify(row)).not.toContain(letters[0]?.token);
      expect(row?.hash).toMatch(/^[0-9a-f]{64}$/);
    });

    test('are good for seven days, for the address that they were sent to, once it is verified', async () => {
      const { invitations, letters, addUser, time } = await openPeople(engine);
      await invitations.create(ADMIN, EVE);
      const token = letters[0]?.token ?? '';
      const mallory = await addUser('mallory@example.com');
      const eve = await addUser('eve@example.com', { emailVerifiedAt: undefined });
      expect(await codeOf(invitations.accept(token, mallory))).toBe('access.denied');
      expect(await codeOf(invitations.accept(token, eve))).toBe('auth.address_unverified');
      expect(await codeOf(invitations.accept('x'.repeat(43), eve))).toBe('auth.link_invalid');
      expect(await codeOf(invitations.accept('x'.repeat(10_000), eve))).toBe('auth.link_invalid');
      time.nowMs += 7 * DAY_MS;
      expect(await codeOf(invitations.accept(token, eve))).toBe('auth.link_invalid');
      expect(await invitations.find(token)).toBeUndefined();
      // What was refused used nothing up: the same link, in time, waits for the address to be verified still.
      time.nowMs -= 1;
      expect(await codeOf(invitations.accept(token, eve))).toBe('auth.address_unverified');
    });

    test('let nobody in whose account has ended, and nobody into an organization that is suspended', async () => {
      const { invitations, organizations, letters, addUser } = await openPeople(engine);
      const { organization, project } = await organizations.create({
        name: 'Acme',
        kind: 'standard',
        ownerId: undefined,
      });
      await invitations.inviteOwner(organization.id, 'eve@example.com');
      const token = letters[0]?.token ?? '';
      const eve = await addUser('eve@example.com', { state: 'suspended' });
      expect(await codeOf(invitations.accept(token, eve))).toBe('auth.account_ended');
      await organizations.suspend(organization.id, 'unpaid');
      expect(await codeOf(invitations.accept(token, eve))).toBe('organization.not_active');
      expect(project.isDefault).toBe(true);
    });

    test('for an address that has an open one replace it; a new sending ends the link before', async () => {
      const { invitations, letters, addUser } = await openPeople(engine);
      const first = await invitations.create(ADMIN, EVE);
      const second = await invitations.create(ADMIN, { ...EVE, role: 'viewer' });
      expect(second).toMatchObject({ id: first.id, role: 'viewer' });
      await invitations.resend(ADMIN, first.id);
      expect(await invitations.list(organizationId, { limit: 10 })).toHaveLength(1);
      const eve = await addUser('eve@example.com');
      const codes = [];
      for (const { token } of letters) codes.push(await codeOf(invitations.accept(token, eve)));
      expect(codes).toEqual(['auth.link_invalid', 'auth.link_invalid', 'done']);
      expect(await codeOf(invitations.create(ADMIN, EVE))).toBe('resource.conflict');
    });

    test('send five mails an hour to an address, and leave its last link good', async () => {
      const { invitations, letters, addUser, time } = await openPeople(engine);
      const { id } = await invitations.create(ADMIN, EVE);
      for (let mails = 1; mails < 5; mails += 1) await invitations.resend(ADMIN, id);
      const again = [
        () => invitations.resend(ADMIN, id),
        () => invitations.create(ADMIN, { ...EVE, email: 'EVE@example.com' }),
      ];
      for (const send of again) {
        await expect(send()).rejects.toMatchObject({ code: 'auth.throttled', retryAfterSeconds: expect.any(Number) });
      }
      expect(letters).toHaveLength(5);
      expect(await invitations.find(letters.at(-1)?.token ?? '')).toMatchObject({ invitation: { id } });
      // Neither somebody else nor the same person later on is kept from theirs.
      await invitations.create(ADMIN, { ...EVE, email: 'finn@example.com' });
      time.nowMs += HOUR_MS;
      await invitations.resend(ADMIN, id);
      const eve = await addUser('eve@example.com');
      expect(await codeOf(invitations.accept(letters.at(-1)?.token ?? '', eve))).toBe('done');
    });

    test('send two hundred mails an hour for an organization, whoever they are to', async () => {
      const { invitations, organizations, letters } = await openPeople(engine);
      const codes: string[] = [];
      for (let person = 0; person <= 200; person += 1) {
        const sending = invitations.create(ADMIN, { ...EVE, email: `person-${person}@example.com` });
        codes.push(await codeOf(sending));
        // What is revoked is not open any more, but its mail was sent.
        if (codes.at(-1) === 'done') await invitations.revoke(ADMIN, (await sending).id);
      }
      expect(codes.indexOf('auth.throttled')).toBe(200);
      expect(letters).toHaveLength(200);
      const { organization } = await organizations.create({ name: 'Acme', kind: 'standard', ownerId: undefined });
      await invitations.inviteOwner(organization.id, 'eve@example.com');
    });

    test('of a stranger or to a higher role take nothing from what may be sent', async () => {
      const { invitations, letters } = await openPeople(engine);
      const { id } = await invitations.create(OWNER, { ...EVE, role: 'owner' });
      for (let tries = 0; tries < 10; tries += 1) {
        expect(await codeOf(invitations.resend(ADMIN, id))).toBe('access.denied');
        expect(await codeOf(invitations.resend(ADMIN, 'inv_none'))).toBe('resource.not_found');
      }
      await invitations.resend(OWNER, id);
      expect(letters).toHaveLength(2);
    });

    test('are revoked, and cannot be sent or revoked again then, nor once they are accepted', async () => {
      const { invitations, letters, addUser } = await openPeople(engine);
      const revoked = await invitations.create(ADMIN, EVE);
      expect((await invitations.revoke(ADMIN, revoked.id)).after.revokedAt).toBeDefined();
      const eve = await addUser('eve@example.com');
      expect(await codeOf(invitations.accept(letters[0]?.token ?? '', eve))).toBe('auth.link_invalid');
      const accepted = await invitations.create(ADMIN, EVE);
      expect(accepted.id).not.toBe(revoked.id);
      await invitations.accept(letters[1]?.token ?? '', eve);
      for (const id of [revoked.id, accepted.id]) {
        expect(await codeOf(invitations.resend(ADMIN, id))).toBe('resource.conflict');
        expect(await codeOf(invitations.revoke(ADMIN, id))).toBe('resource.conflict');
      }
      expect(letters).toHaveLength(2);
    });

    test('give no role above the sender’s own, neither when they are sent nor when they are accepted', async () => {
      const { invitations, members, letters, addMember, addUser } = await openPeople(engine);
      expect(await codeOf(invitations.create(ADMIN, { ...EVE, role: 'owner' }))).toBe('access.denied');
      const owners = await invitations.create(OWNER, { ...EVE, email: 'next@example.com', role: 'owner' });
      expect(await codeOf(invitations.resend(ADMIN, owners.id))).toBe('access.denied');
      expect(await codeOf(invitations.revoke(ADMIN, owners.id))).toBe('access.denied');
      const sender = await addMember(organizationId, 'admin');
      const asSender = accessAs('admin', { memberId: sender });
      await invitations.create(asSender, { ...EVE, role: 'admin' });
      await invitations.create(asSender, { ...EVE, email: 'finn@example.com', role: 'viewer' });
      const [, forEve, forFinn] = letters;
      await members.setRole(OWNER, sender, 'developer');
      const eve = await addUser('eve@example.com');
      expect(await codeOf(invitations.accept(forEve?.token ?? '', eve))).toBe('auth.link_invalid');
      await members.remove(OWNER, sender);
      const finn = await addUser('finn@example.com');
      expect(await codeOf(invitations.accept(forFinn?.token ?? '', finn))).toBe('auth.link_invalid');
    });

    test('leave a member as they are who is one already', async () => {
      const { invitations, members, letters, addUser, database } = await openPeople(engine);
      await invitations.create(OWNER, { ...EVE, role: 'admin' });
      const eve = await addUser('eve@example.com');
      await database.write(async (transaction) => {
        await transaction
          .insertInto('members')
          .values({
            id: 'mem_eve',
            organization_id: organizationId,
            user_id: eve,
            role: 'viewer',
            state: 'suspended',
            created_at: 1,
          })
          .execute();
      });
      expect(await invitations.accept(letters[0]?.token ?? '', eve)).toMatchObject({ id: 'mem_eve' });
      expect(await members.list(organizationId, { limit: 10 })).toMatchObject([{ role: 'viewer', state: 'suspended' }]);
    });

    test('are at most 200 open at once, however many are sent at the same time', async () => {
      const { invitations, database } = await openPeople(engine);
      const row = (index: number) => ({
        id: `inv_${index}`,
        organization_id: organizationId,
        email: `${index}@example.com`,
        role: 'viewer',
        team_ids: '[]',
        hash: `hash-${index}`,
        created_at: 1,
        expires_at: 2,
      });
      await database.write(async (transaction) => {
        await transaction
          .insertInto('invitations')
          .values(Array.from({ length: 198 }, (_, index) => row(index)))
          .execute();
      });
      const codes = await Promise.all(
        ['a', 'b', 'c', 'd'].map((name) => codeOf(invitations.create(ADMIN, { ...EVE, email: `${name}@example.com` }))),
      );
      expect(codes.toSorted()).toEqual(['done', 'done', 'resource.conflict', 'resource.conflict']);
      expect(await codeOf(invitations.create(ADMIN, { ...EVE, email: '7@example.com' }))).toBe('done');
    });

    test('name teams of the organization alone', async () => {
      const { invitations } = await openPeople(engine);
      expect(await codeOf(invitations.create(ADMIN, { ...EVE, teamIds: ['team_none'] }))).toBe('request.invalid');
    });

    test('of another organization are as good as not there', async () => {
      const { invitations } = await openPeople(engine);
      const { id } = await invitations.create(ADMIN, EVE);
      const elsewhere = accessAs('owner', { tenant: { organizationId: 'org_other', projectId: 'x' } });
      expect(await invitations.get('org_other', id)).toBeUndefined();
      expect(await codeOf(invitations.resend(elsewhere, id))).toBe('resource.not_found');
      expect(await codeOf(invitations.revoke(elsewhere, id))).toBe('resource.not_found');
    });

    test('of an owner by the operator are for organizations without one', async () => {
      const { invitations, organizations, addMember } = await openPeople(engine);
      const { organization } = await organizations.create({ name: 'Acme', kind: 'standard', ownerId: undefined });
      expect(await codeOf(invitations.inviteOwner(organization.id, 'a@example.com'))).toBe('done');
      await addMember(organization.id, 'owner');
      expect(await codeOf(invitations.inviteOwner(organization.id, 'b@example.com'))).toBe('resource.conflict');
      expect(await codeOf(invitations.inviteOwner('org_none', 'b@example.com'))).toBe('resource.not_found');
    });
  });
});
