import { GatewayError } from '../../kernel/errors.ts';
import { type ContentPolicy, NO_CONTENT_POLICY, type RequestContent } from '../../protocol/contents.ts';
import { createContentService } from '../../records/contents.ts';
import type { ControlServices } from '../services.ts';
import { TEST_NOW } from './memory-state.ts';

const DAYS_MAX = 30;
const SAID: RequestContent = {
  isRedacted: true,
  request: { mediaType: 'application/json', bytes: 14, text: '{"model":"m"}', isCut: false },
  answer: { mediaType: 'audio/mpeg', bytes: 9, notStored: 'not_text' },
};

/** Policies in memory, and the same content of every request until it is deleted. */
export function contentServices(): ControlServices['contents'] {
  const policies = new Map<string, ContentPolicy>();
  const removed = new Set<string>();
  const policyOf = (organizationId: string): ContentPolicy =>
    policies.get(organizationId) ?? { organizationId, ...NO_CONTENT_POLICY };
  const expiresAt = TEST_NOW + 1;
  return createContentService({
    store: {
      policy: async (organizationId) => policyOf(organizationId),
      changePolicy: async (organizationId, change, ifRevision) => {
        const before = policyOf(organizationId);
        if (ifRevision !== undefined && ifRevision !== before.revision) throw new GatewayError('resource.changed');
        const after = { organizationId, ...change, revision: before.revision + 1 };
        policies.set(organizationId, after);
        return { before, after };
      },
      insert: async () => undefined,
      get: async (scope, id) =>
        removed.has(id) ? undefined : { ...scope, projectId: '', id, createdAt: TEST_NOW, expiresAt, sealed: '' },
      expiryOf: async (_scope, id) => (removed.has(id) ? undefined : expiresAt),
      remove: async (_scope, id) => !removed.has(id) && removed.add(id) !== undefined,
      removeExpired: async () => 0,
    },
    open: () => SAID,
    daysMax: DAYS_MAX,
    now: () => TEST_NOW,
  });
}
