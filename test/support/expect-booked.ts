import { expect } from 'vitest';
import { bookedUsage, type TakenCall, toldUsage } from './provider-scene.ts';

/** Claims that a call succeeded, was booked with the provider's own numbers, and lost nothing but what is named. */
export function expectBooked(call: TakenCall | undefined, losses: readonly string[] = []): void {
  if (call === undefined) throw new Error('there is no such call');
  expect(call.record).toMatchObject({ status: 'success', usage_basis: 'reported' });
  expect(bookedUsage(call.record)).toEqual(toldUsage(call.told));
  expect(call.losses).toEqual(losses);
}

/** All that was sent to the provider, as text to search in. */
export function sentText(call: TakenCall | undefined): string {
  if (call?.sent === undefined) throw new Error('nothing was sent');
  return JSON.stringify(call.sent.body);
}

/** One pixel, which every stand-in takes for a picture. */
export const PIXEL_PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
