import { expect, it } from 'vitest';
import { healthyMachine } from '../testing/typed.ts';
import { gatherFacts } from './gather.ts';

const neverAsked = () => Promise.reject(new Error('asked though it cannot be known'));

it('asks for nothing else when the settings are wrong', async () => {
  const facts = await gatherFacts({
    ...healthyMachine(),
    settings: async () => ({ state: 'wrong', problems: [] }),
    dataDir: neverAsked,
    listen: neverAsked,
    store: neverAsked,
  });
  expect(facts).toMatchObject({ dataDir: undefined, listen: undefined, store: undefined });
});

it('leaves out what needs the store when the store cannot be opened', async () => {
  const facts = await gatherFacts({
    ...healthyMachine(),
    store: async () => ({ state: 'failed', message: 'down' }),
    masterKey: neverAsked,
    connections: neverAsked,
  });
  expect(facts).toMatchObject({ dataDir: { state: 'writable' }, masterKey: undefined, connections: [] });
});
