import { expect, it } from 'vitest';
import { startTestControlPlane } from '../testing/call.ts';

it('nothing is read of a content whose look cannot be written down', async () => {
  const read: string[] = [];
  const plane = await startTestControlPlane(({ audit, contents }) => ({
    audit: { ...audit, begin: () => Promise.reject(new Error('the log is full')) },
    contents: {
      ...contents,
      read: async (scope, id) => {
        read.push(id);
        return await contents.read(scope, id);
      },
    },
  }));
  const answer = await plane.call('GET', '/usage/requests/req_1/content');
  expect([answer.status, read]).toEqual([500, []]);
  await plane.app.close();
});
