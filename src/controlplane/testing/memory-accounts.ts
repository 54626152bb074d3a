import { GatewayError } from '../../kernel/errors.ts';
import { INSTALLATION_DEFAULTS, type Installation } from '../../protocol/installation.ts';
import type { ControlServices } from '../services.ts';

/** A hub without people: nobody is found, and nobody gets in. People are tested on a real store, see compose/accounts.test.ts. */
export function accountServices(): Pick<
  ControlServices,
  'accounts' | 'sessions' | 'people' | 'signIn' | 'installation' | 'sendTestMail' | 'connect' | 'sso'
> {
  const nobody = async (): Promise<never> => {
    throw new GatewayError('resource.not_found');
  };
  let installation: Installation = { ...INSTALLATION_DEFAULTS, revision: 1 };
  return {
    accounts: {
      setUp: nobody,
      signUp: nobody,
      signUpProved: nobody,
      verifyAddress: nobody,
      resendVerification: nobody,
      signIn: nobody,
      forgotPassword: nobody,
      resetPassword: nobody,
      changePassword: nobody,
      confirmPassword: nobody,
      admit: nobody,
      approve: nobody,
      suspend: nobody,
      reactivate: nobody,
      setOperator: nobody,
      close: nobody,
      erase: nobody,
      exportOf: nobody,
    },
    sessions: { list: async () => [], end: async () => false, endAll: async () => undefined },
    people: { ofPerson: nobody, change: nobody, list: async () => [] },
    signIn: {
      options: async () => ({ installation, needsSetup: true, mail: 'console', signIns: [] }),
      wayIn: async () => undefined,
      signOut: async () => undefined,
      lookAtInvitation: nobody,
      signUpInvited: nobody,
      acceptInvitation: nobody,
    },
    sso: {
      connections: { list: async () => [], get: nobody, create: nobody, update: nobody, remove: nobody },
      test: nobody,
      pathPrefix: '',
      redirectUri: (id) => `https://hub.example/${id}`,
      begin: nobody,
      finish: nobody,
    },
    sendTestMail: async () => undefined,
    connect: { begin: nobody, approve: nobody, look: nobody, end: async () => undefined },
    installation: {
      get: async () => installation,
      update: async (wanted, ifRevision) => {
        if (ifRevision !== undefined && ifRevision !== installation.revision) return false;
        installation = { ...wanted, revision: installation.revision + 1 };
        return true;
      },
    },
  };
}
