import { describe, expect, it } from 'vitest';
import { createConsoleTransport, createOutbox } from './outbox.ts';
import type { Mail } from './ports.ts';

const mail = (subject: string): Mail => ({
  to: 'ada@example.com',
  subject,
  text: 'canary-text',
  html: '',
  link: 'https://hub.example/#canary',
});

function setUp(refusals: number) {
  const sent: string[] = [];
  const pauses: number[] = [];
  const failures: { subject: string; error: unknown }[] = [];
  let left = refusals;
  const outbox = createOutbox({
    transport: {
      send: async ({ subject }) => {
        left -= 1;
        if (left >= 0) throw new Error('the mail server is away');
        sent.push(subject);
      },
      close: () => undefined,
    },
    after: async (ms) => void pauses.push(ms),
    onFailed: (failure) => void failures.push(failure),
  });
  const settled = async (): Promise<void> => {
    // The outbox sends in turns of the event loop; there are fewer than these.
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  };
  return { outbox, sent, pauses, failures, settled };
}

describe('the outbox', () => {
  it('sends in order, and tries again for a while', async () => {
    const { outbox, sent, pauses, failures, settled } = setUp(2);
    outbox.send(mail('first'));
    outbox.send(mail('second'));
    await settled();
    expect(sent).toEqual(['first', 'second']);
    expect(pauses).toEqual([2000, 10_000]);
    expect(failures).toEqual([]);
  });

  it('gives up at last and says so, without the mail’s words', async () => {
    const { outbox, sent, failures, settled } = setUp(4);
    outbox.send(mail('first'));
    outbox.send(mail('second'));
    await settled();
    expect(sent).toEqual(['second']);
    expect(failures).toEqual([{ subject: 'first', error: new Error('the mail server is away') }]);
    expect(JSON.stringify(failures)).not.toContain('canary');
  });

  it('takes so many and no more', async () => {
    const { outbox, sent, failures, settled } = setUp(0);
    for (let index = 0; index < 1005; index += 1) outbox.send(mail(`mail ${index}`));
    expect(failures.map(({ subject }) => subject)).toEqual([1000, 1001, 1002, 1003, 1004].map((n) => `mail ${n}`));
    for (let round = 0; round < 200; round += 1) await settled();
    expect(sent).toHaveLength(1000);
  });
});

it('the console says plainly what was not sent, and to whom', async () => {
  const shown: string[] = [];
  await createConsoleTransport((text) => void shown.push(text)).send(mail('Confirm your address'));
  expect(shown.join('')).toContain('HUB_SMTP_URL');
  expect(shown.join('')).toContain(
    'to ada@example.com was not sent: Confirm your address\n  https://hub.example/#canary',
  );
});
