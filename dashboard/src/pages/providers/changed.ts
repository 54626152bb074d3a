import type { OperationId } from '../../api/call.ts';

/** What may look different once a connection or a credential was changed. */
export const CHANGED: readonly OperationId[] = [
  'listConnections',
  'getConnection',
  'listCredentials',
  'listModels',
  'listModelsOfConnection',
  'getHealth',
];
