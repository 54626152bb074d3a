import type { SignInServices } from '../controlplane/services.ts';
import { beginSession } from '../identity/accounts.ts';
import type { InvitationService } from '../identity/invitations.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { Core } from './core.ts';

/** How who was invited gets in: the link proves the address, so the account needs no mail of its own. */
export function invitationSignIn(
  { people, store }: Pick<Core, 'people' | 'store'>,
  invitations: InvitationService,
): Pick<SignInServices, 'lookAtInvitation' | 'signUpInvited' | 'acceptInvitation'> {
  const find = async (token: string) => {
    const found = await invitations.find(token);
    const email = found?.invitation.email;
    if (found === undefined || email === undefined) throw new GatewayError('auth.link_invalid');
    return { ...found, email };
  };
  return {
    lookAtInvitation: async (token) => {
      const { invitation, organization, email } = await find(token);
      const hasAccount = (await store.users.byEmail(email)) !== undefined;
      return { organization: organization.name, email, role: invitation.role, hasAccount };
    },
    signUpInvited: async ({ token, ...wanted }, origin) => {
      const { email } = await find(token);
      const user = await people.accounts.signUpProved({ ...wanted, email });
      await invitations.accept(token, user.id);
      return beginSession(people.sessions, user, origin);
    },
    acceptInvitation: async (token, userId) => void (await invitations.accept(token, userId)),
  };
}
