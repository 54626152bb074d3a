import type { AuditAct, AuditEnding, AuditEntry } from '../../protocol/audit.ts';
import type { ControlServices } from '../services.ts';
import { type MemoryState, TEST_NOW } from './memory-state.ts';

/** Keeps what was done, without a chain. */
export function auditServices(state: MemoryState): ControlServices['audit'] {
  return {
    begin: async (act) => ({ actId: `act_${state.acts.push({ act, ending: undefined })}`, act }),
    end: async ({ actId }, ending) => {
      const index = Number(actId.slice('act_'.length)) - 1;
      const { act } = state.acts[index] ?? {};
      if (act !== undefined) state.acts[index] = { act, ending };
    },
    list: async ({ action }, { limit, beforeSequence = Number.POSITIVE_INFINITY }) =>
      state.acts
        .map(({ act, ending }, index) => entriesOf(act, ending, index))
        .filter(({ begun }) => begun.sequence < beforeSequence && (action === undefined || begun.action === action))
        .toReversed()
        .slice(0, limit),
    verify: async (noted) => ({
      entries: state.acts.length,
      differences: noted === undefined ? [] : [{ sequence: noted.sequence, what: 'is not the entry that was noted' }],
      head: { sequence: state.acts.length, digest: 'ab'.repeat(32) },
    }),
  };
}

function entriesOf(act: AuditAct, ending: AuditEnding | undefined, index: number) {
  const { actor, ...fields } = act;
  const begun: AuditEntry = {
    ...fields,
    sequence: index + 1,
    id: `aud_${index}`,
    actId: `act_${index}`,
    phase: 'begun',
    at: TEST_NOW,
    actorKind: actor.kind,
    actorId: actor.id,
    targetKind: undefined,
    targetId: undefined,
    outcome: undefined,
    errorCode: undefined,
    before: undefined,
    after: undefined,
    originDigest: undefined,
    previousDigest: '',
    digest: '',
  };
  if (ending === undefined) return { begun, ended: undefined };
  const { targetKind, targetId, outcome, errorCode } = ending;
  return { begun, ended: { ...begun, phase: 'ended', targetKind, targetId, outcome, errorCode } as const };
}
