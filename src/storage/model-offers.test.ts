import { describe, expect, test } from 'vitest';
import { freshStore, TEST_ENGINES } from './testing/stores.ts';

describe.each(TEST_ENGINES)('what customers are offered, on $kind', (engine) => {
  test('is kept, and becomes part of the configuration', async () => {
    const { modelOffers: offers, configuration } = await freshStore(engine);
    const before = await configuration.version();
    const words = { en: 'Large', 'zh-TW': '大型' };
    await offers.change([
      { name: 'large', published: true, displayName: words },
      { name: 'small', description: { en: 'Quick.', 'zh-TW': undefined } },
    ]);
    const nothing = { en: undefined, 'zh-TW': undefined };
    expect(await offers.list()).toEqual([
      { name: 'large', published: true, displayName: words, description: nothing, position: undefined },
      {
        name: 'small',
        published: false,
        displayName: nothing,
        description: { en: 'Quick.', 'zh-TW': undefined },
        position: undefined,
      },
    ]);
    expect((await configuration.load()).modelOffers).toEqual(await offers.list());
    expect(await configuration.version()).toBe(before + 1);
  });

  test('changes in what is named alone, also where several change the same at once', async () => {
    const { modelOffers: offers } = await freshStore(engine);
    await Promise.all([
      offers.change([{ name: 'large', published: true }]),
      offers.change([{ name: 'large', displayName: { en: 'Large', 'zh-TW': undefined } }]),
      offers.order(['large']),
    ]);
    expect(await offers.list()).toMatchObject([{ published: true, displayName: { en: 'Large' }, position: 0 }]);
    await offers.change([{ name: 'large', published: false }]);
    expect(await offers.list()).toMatchObject([{ published: false, displayName: { en: 'Large' }, position: 0 }]);
  });

  test('has the order that was set last, and no other', async () => {
    const { modelOffers: offers } = await freshStore(engine);
    await offers.order(['b', 'a']);
    await offers.order(['c', 'a']);
    const placed = (await offers.list()).map(({ name, position, published }) => ({ name, position, published }));
    expect(placed).toEqual([
      { name: 'a', position: 1, published: false },
      { name: 'b', position: undefined, published: false },
      { name: 'c', position: 0, published: false },
    ]);
  });

  test('may be of any number', async () => {
    const { modelOffers: offers } = await freshStore(engine);
    const names = Array.from({ length: 1201 }, (_, index) => `model-${index}`);
    await offers.change(names.map((name) => ({ name, published: true })));
    await offers.order(names);
    const stored = await offers.list();
    expect(stored.every(({ published }) => published)).toBe(true);
    expect(stored.toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0)).map(({ name }) => name)).toEqual(names);
  });
});
