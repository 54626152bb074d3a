import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROUTES, routeOf } from '../../src/dataplane/routes.ts';

const document: { paths: Record<string, Record<string, object>> } = JSON.parse(
  readFileSync(new URL('../../openapi/data.json', import.meta.url), 'utf8'),
);
const described = Object.entries(document.paths);

test('the document of the data plane names every address at which a model is called', () => {
  const posts = described.filter(([, methods]) => 'post' in methods).map(([path]) => path);
  expect(posts).toEqual(expect.arrayContaining([...ROUTES.keys()]));
});

test.each(described.filter(([, methods]) => 'post' in methods || 'delete' in methods))(
  'the methods that it names at %s are served',
  (path, methods) => {
    const route = routeOf(path.replace('{id}', 'video_1'));
    const served = (route?.methods ?? ['POST']).map((method) => method.toLowerCase());
    expect(Object.keys(methods).toSorted()).toEqual(served.toSorted());
  },
);
