import { idPath } from '../film-id.ts';
import type { VideosFace } from '../media-contract.ts';
import { boundVideo, decodeVideoJob, expectVideo } from './videos-decode-job.ts';
import { encodeVideoCreate } from './videos-encode-create.ts';

/** Google's own examples ask every ten seconds: https://ai.google.dev/gemini-api/docs/video. Milliseconds. */
const POLL_MS = 10_000;
const MODELS_FOLDER = /\/models$/;

/** Films as Veo makes them, each an operation that is asked after by its name: https://ai.google.dev/gemini-api/docs/video */
export const geminiVideos: VideosFace = {
  pollMs: POLL_MS,
  encodeCreate: encodeVideoCreate,
  decodeJob: decodeVideoJob,
  expect: expectVideo,
  bound: boundVideo,
  // `models/veo-3.1-generate-preview/operations/x` lies beside the models themselves.
  encodeStatus: (id, { path }) => ({
    method: 'GET',
    path: `${path.replace(MODELS_FOLDER, '')}/${idPath(id)}`,
    headers: {},
    body: undefined,
  }),
  encodeContent: ({ url }, _target, variant) => {
    if (variant !== 'video' || url === undefined || !URL.canParse(url)) return undefined;
    const { pathname, search } = new URL(url);
    // The file lies at the provider and is fetched with the same key.
    return { method: 'GET', path: `${pathname}${search}`, headers: { accept: '*/*' }, body: undefined };
  },
  // Google deletes films by itself, two days after they were made.
  encodeDelete: undefined,
  encodeRemix: undefined,
};
