import { describe, expect, test } from 'vitest';
import type { Opaque } from '../protocol/chat-parts.ts';
import { holdsCarriedOpaque, packCallId, packOpaque, unpackCallId, unpackOpaque } from './carried-opaque.ts';

const SIGNATURE: Opaque = { dialect: 'gemini-generate', kind: 'signature', value: 'c2ln/+==' };
const bodyWith = (text: string): Buffer => Buffer.from(JSON.stringify({ messages: [{ content: text }] }));

describe('what was carried through a caller of another dialect', () => {
  test('is seen in the request that brings it back', () => {
    expect(holdsCarriedOpaque(bodyWith(packOpaque(SIGNATURE, 'anthropic-messages')))).toBe(true);
    expect(holdsCarriedOpaque(bodyWith(packCallId('call_1', SIGNATURE)))).toBe(true);
  });

  test('comes out as it went in', () => {
    expect(unpackOpaque(packOpaque(SIGNATURE, 'anthropic-messages'), 'anthropic-messages', 'signature')).toEqual(
      SIGNATURE,
    );
    expect(unpackCallId(packCallId('call_1', SIGNATURE))).toEqual({ id: 'call_1', opaque: SIGNATURE });
  });

  test('is not seen in anybody’s own words, so that such a request passes on byte for byte', () => {
    for (const words of ['Plug hub1 into the wall', 'see hub1.example.org', 'github1', 'hub1']) {
      expect(holdsCarriedOpaque(bodyWith(words))).toBe(false);
    }
  });
});
