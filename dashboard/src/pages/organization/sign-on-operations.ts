/** The same operations stand for an organization and for the installation. */
export const SIGN_ON_OF = {
  organization: {
    list: 'listSsoConnections',
    get: 'getSsoConnection',
    create: 'createSsoConnection',
    update: 'updateSsoConnection',
    remove: 'deleteSsoConnection',
    test: 'testSsoConnection',
  },
  installation: {
    list: 'listSsoConnectionsOfInstallation',
    get: 'getSsoConnectionOfInstallation',
    create: 'createSsoConnectionOfInstallation',
    update: 'updateSsoConnectionOfInstallation',
    remove: 'deleteSsoConnectionOfInstallation',
    test: 'testSsoConnectionOfInstallation',
  },
} as const;

export type SignOnOwner = keyof typeof SIGN_ON_OF;
