import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../kernel/json.ts';
import { type KitMessage, readKitMessage } from './messages.ts';
import { canonicalText, signText } from './signature.ts';

const NOW = 1_795_412_339;
const PATH = '/control/v1/payments/payment-kit/events';
const app = generateKeyPairSync('ed25519');
const kit = { publicKey: app.publicKey, mode: 'live' } as const;

const event = (change: object = {}) =>
  JSON.stringify({
    id: 'evt_1',
    type: 'customer.credit_grant.granted',
    livemode: true,
    data: { object: { id: 'cg_1', customer_id: 'cus_1', amount: '999999999' } },
    created_at: '2026-11-23T00:00:00.000Z',
    ...change,
  });

function message(body: string, { exp = NOW + 300, key = app.privateKey, path = PATH } = {}): KitMessage {
  const iat = NOW;
  return { body, ...signed(body, { iat, exp, path }, key), iat: String(iat), exp: String(exp), path: PATH };
}

function signed(
  body: string,
  { path, ...time }: { readonly iat: number; readonly exp: number; readonly path: string },
  key: KeyObject,
): Pick<KitMessage, 'signature'> {
  const text = canonicalText({ method: 'POST', path, query: {}, body: parseJson(body) }, time);
  return { signature: signText(text, key) };
}

describe('a message of Payment Kit', () => {
  it.each([
    ['a grant', {}, 'cus_1'],
    ['a page that was paid', { type: 'checkout.session.completed' }, 'cus_1'],
    ['a customer who is written out', { data: { object: { customer: { id: 'cus_2' } } } }, 'cus_2'],
    ['a customer who is only named', { data: { object: { customer: 'cus_3' } } }, 'cus_3'],
    ['nobody', { data: { object: {} } }, undefined],
    ['what was told from here', { type: 'billing.meter_event.created' }, undefined],
  ])('says whom it is about: %s', (_name, change, customerId) => {
    expect(readKitMessage(kit, message(event(change)), NOW * 1000)).toMatchObject({
      id: 'evt_1',
      mode: 'live',
      customerId,
    });
  });

  it('is believed however its members are ordered', () => {
    const { signature, ...rest } = message(event());
    const turned = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(event())).toReversed()));
    expect(readKitMessage(kit, { ...rest, signature, body: turned }, NOW * 1000).id).toBe('evt_1');
  });

  it.each<[string, string, KitMessage, number?]>([
    ['no signature', 'payment.event_unverified', { ...message(event()), signature: undefined }],
    ['an empty signature', 'payment.event_unverified', { ...message(event()), signature: '' }],
    ['the other mode', 'payment.event_unverified', message(event({ livemode: false }))],
    ['no event in it', 'payment.event_unverified', message('{"livemode":true}')],
    ['another body', 'payment.event_forged', { ...message(event()), body: event({ id: 'evt_2' }) }],
    ['no JSON in it', 'payment.event_forged', { ...message(event()), body: 'evt_1' }],
    ['another path', 'payment.event_forged', message(event(), { path: '/control/v1/payments/stripe/events' })],
    ['another key', 'payment.event_forged', message(event(), { key: generateKeyPairSync('ed25519').privateKey })],
    ['another time than was signed', 'payment.event_forged', { ...message(event()), exp: String(NOW + 299) }],
    ['no time', 'payment.event_forged', { ...message(event()), iat: undefined, exp: undefined }],
    ['a time that is none', 'payment.event_forged', { ...message(event()), exp: '1e12' }],
    ['a time that is over', 'payment.event_forged', message(event()), NOW + 301],
    ['a time that is not yet', 'payment.event_forged', message(event()), NOW - 61],
    ['more time than a signature may have', 'payment.event_forged', message(event(), { exp: NOW + 301 })],
  ])('is refused with %s', (_name, code, refused, now = NOW) => {
    expect(() => readKitMessage(kit, refused, now * 1000)).toThrow(expect.objectContaining({ code }));
  });
});
