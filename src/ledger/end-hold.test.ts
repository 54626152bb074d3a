import { describe, expect, test } from 'vitest';
import { NO_CREDITS, nanoCredits } from '../kernel/money.ts';
import { BROKEN_STREAM_POLICIES } from '../protocol/broken-streams.ts';
import { endOfHold } from './end-hold.ts';

const HOLD = { id: 'ur_1', path: ['organization/org_1'] } as const;
const ENDED = [
  ['client_closed', 'ended by the caller'],
  ['cut', 'ended by the provider'],
  ['upstream_error', 'ended by the provider'],
  ['timeout', 'ended by the hub, which had waited too long for the provider'],
  ['interrupted', 'ended by the hub, which was stopped'],
] as const;

describe.each(BROKEN_STREAM_POLICIES)('the charge of an answer that broke off says %s', (policy) => {
  test.each(ENDED)('and who ended it: %s', (status, endedBy) => {
    const broken = { policy, isWaived: false };
    const used = { status, priceNano: nanoCredits(5n), broken };
    expect(endOfHold(HOLD, { ...used, usageBasis: 'reported' })).toMatchObject({
      state: 'settled',
      amountNano: 5n,
      basis: `reported, ${policy}, ${endedBy}`,
    });
    expect(endOfHold(HOLD, { ...used, usageBasis: 'estimated' })).toMatchObject({
      state: 'estimated',
      basis: `estimated, ${policy}, ${endedBy}`,
    });
  });
});

describe('a charge', () => {
  test.each(ENDED)('that is waived says so: %s', (status, endedBy) => {
    const broken = { policy: 'waive-if-nothing-delivered', isWaived: true } as const;
    expect(endOfHold(HOLD, { status, usageBasis: 'estimated', priceNano: NO_CREDITS, broken })).toMatchObject({
      state: 'estimated',
      amountNano: 0n,
      basis: `nothing was delivered, waive-if-nothing-delivered, ${endedBy}`,
    });
  });

  test('of a complete answer names no policy, nor does one of a call that used nothing', () => {
    expect(endOfHold(HOLD, { status: 'success', usageBasis: 'reported', priceNano: nanoCredits(5n) }).basis).toBe(
      'reported',
    );
    expect(endOfHold(HOLD, { status: 'upstream_error', usageBasis: undefined, priceNano: undefined })).toMatchObject({
      state: 'released',
      basis: 'nothing was used',
    });
  });
});
