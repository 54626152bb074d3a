import { idPath } from '../film-id.ts';
import type { VideosFace } from '../media-contract.ts';
import { decodeVideoJob, expectVideo } from './videos-decode-job.ts';
import { encodeVideoCreate } from './videos-encode-create.ts';

/** OpenAI renders for minutes and answers questions at once. Milliseconds. */
const POLL_MS = 2000;

/** How films are asked of OpenAI and of those who copy its form: https://platform.openai.com/docs/api-reference/videos */
export const openaiVideos: VideosFace = {
  pollMs: POLL_MS,
  encodeCreate: encodeVideoCreate,
  decodeJob: decodeVideoJob,
  expect: expectVideo,
  encodeStatus: (id, { path }) => ({ method: 'GET', path: `${path}/${idPath(id)}`, headers: {}, body: undefined }),
  encodeContent: ({ id }, { path }, variant) => ({
    method: 'GET',
    path: `${path}/${idPath(id)}/content${variant === 'video' ? '' : `?variant=${variant}`}`,
    headers: { accept: '*/*' },
    body: undefined,
  }),
  encodeDelete: (id, { path }) => ({ method: 'DELETE', path: `${path}/${idPath(id)}`, headers: {}, body: undefined }),
  encodeRemix: (id, { raw, contentType }, { path }) => ({
    method: 'POST',
    path: `${path}/${idPath(id)}/remix`,
    headers: { 'content-type': contentType },
    body: raw,
  }),
};
