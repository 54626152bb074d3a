import { NO_LIMITS as NONE_APPLY } from '../../limits/applicable.ts';
import type { RequestOutcome } from '../../protocol/records.ts';
import { buildDirectory } from '../../routing/directory.ts';
import { quietRouter } from '../../routing/testing/quiet-router.ts';
import { SharedAnswers } from '../aigne/shared-answers.ts';
import { CallGate } from '../call-gate.ts';
import { BodyBudget } from '../read-body.ts';
import type { ServeDeps } from '../serve-request.ts';

const NO_MODELS = {
  directory: buildDirectory(
    { deployments: [], aliases: [], routes: [] },
    { canonicalName: (name) => name, providerId: () => undefined },
  ),
  denialOf: undefined,
};
const BODY_BYTES_MAX = 1_000_000;
const PRINCIPAL = {
  organizationId: 'org_1',
  projectId: 'proj_1',
  keyId: 'vk_1',
  keyName: 'key',
  memberId: undefined,
  serviceAccountId: undefined,
  teamId: undefined,
  refusesLosses: false,
  cacheSeconds: undefined,
};

/** Nobody limits anything. */
export const NO_LIMITS: ServeDeps['limits'] = {
  take: () => ({ kind: 'admitted', granted: [] }),
  end: () => undefined,
  now: () => 0,
  instanceId: 'inst_1',
  appliedTo: () => NONE_APPLY,
  termsOf: () => undefined,
};

/** What a request needs of a hub that reaches no provider and whose store of held ids is down. `records` gets its records. */
export function serveDeps(records: RequestOutcome[]): ServeDeps {
  const down = async (): Promise<never> => {
    throw new Error('the store is down');
  };
  const noContent = (): never => {
    throw new Error('nothing is stored here');
  };
  return {
    sendWithin: () => {
      throw new Error('nothing is sent here');
    },
    credentials: {
      next: () => undefined,
      noteUse: () => undefined,
      noteFault: () => undefined,
      scrub: (_, text) => text,
    },
    router: quietRouter(),
    timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 },
    responseBytesMax: 1,
    newWireId: (prefix) => `${prefix}_1`,
    meter: {
      cardOf: () => undefined,
      shownCardOf: () => undefined,
      isPaidWithCredit: () => false,
      noteAnomalies: () => undefined,
    },
    records: {
      isAccepting: () => true,
      commit: async (outcome) => void records.push(outcome),
      begin: () => ({ reroute: () => undefined, progress: () => undefined, end: () => undefined }),
    },
    instanceId: 'inst_1',
    onEnd: () => undefined,
    authenticate: () => ({ principal: PRINCIPAL, access: NO_MODELS, contentRule: undefined }),
    contents: { take: noContent, release: noContent, noteLost: noContent, keep: noContent },
    held: { bind: down, find: down, list: down, forget: down },
    gate: new CallGate({ runningMax: 10, waitingMax: 0 }, () => () => undefined),
    budget: new BodyBudget(BODY_BYTES_MAX),
    bodyBytesMax: BODY_BYTES_MAX,
    jsonLimits: { depthMax: 64, keysPerObjectMax: 1000 },
    guardrails: { appliedTo: () => [], judge: async () => ({ action: 'pass' }) },
    limits: NO_LIMITS,
    credit: undefined,
    once: { begin: down, finish: down, free: down, assertHeld: () => undefined },
    waiting: { shared: new SharedAnswers({ after: () => () => undefined }), every: () => () => undefined },
  };
}
