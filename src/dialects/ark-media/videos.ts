import { idPath } from '../film-id.ts';
import type { VideosFace } from '../media-contract.ts';
import { decodeVideoJob } from './videos-decode-job.ts';
import { encodeVideoCreate } from './videos-encode-create.ts';
import { boundVideo, expectVideo } from './videos-expect.ts';

/** Seedance renders for a minute and more. Milliseconds. */
const POLL_MS = 5000;

/**
 * Films as Seedance makes them, each a task: https://www.volcengine.com/docs/82379/1520757. The film lies at an address of
 * its own for a day, which needs no key.
 */
export const arkVideos: VideosFace = {
  pollMs: POLL_MS,
  encodeCreate: encodeVideoCreate,
  decodeJob: decodeVideoJob,
  expect: expectVideo,
  bound: boundVideo,
  encodeStatus: (id, { path }) => ({ method: 'GET', path: `${path}/${idPath(id)}`, headers: {}, body: undefined }),
  encodeContent: () => undefined,
  // Takes a task that waits out of the queue, and the record of one that is over: https://www.volcengine.com/docs/82379/1521720
  encodeDelete: (id, { path }) => ({ method: 'DELETE', path: `${path}/${idPath(id)}`, headers: {}, body: undefined }),
  encodeRemix: undefined,
};
