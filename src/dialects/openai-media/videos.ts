import type { VideoVariant } from '../../protocol/media.ts';
import { idPath, pathBelow } from '../film-id.ts';
import type { VideosFace } from '../media-contract.ts';
import { boundVideo, decodeVideoJob, expectVideo } from './videos-decode-job.ts';
import { encodeVideoCreate } from './videos-encode-create.ts';

/** OpenAI renders for minutes and answers questions at once. Milliseconds. */
const POLL_MS = 2000;

/** How films are asked of OpenAI and of those who copy its form: https://platform.openai.com/docs/api-reference/videos */
export const openaiVideos: VideosFace = {
  pollMs: POLL_MS,
  encodeCreate: encodeVideoCreate,
  decodeJob: decodeVideoJob,
  expect: expectVideo,
  bound: boundVideo,
  encodeStatus: (id, { path }) => ({
    method: 'GET',
    path: pathBelow(path, `/${idPath(id)}`),
    headers: {},
    body: undefined,
  }),
  encodeContent: ({ id }, { path }, variant) => ({
    method: 'GET',
    path: withVariant(pathBelow(path, `/${idPath(id)}/content`), variant),
    headers: { accept: '*/*' },
    body: undefined,
  }),
  encodeDelete: (id, { path }) => ({
    method: 'DELETE',
    path: pathBelow(path, `/${idPath(id)}`),
    headers: {},
    body: undefined,
  }),
  encodeRemix: (id, { raw, contentType }, { path }) => ({
    method: 'POST',
    path: pathBelow(path, `/${idPath(id)}/remix`),
    headers: { 'content-type': contentType },
    body: raw,
  }),
};

/** The film itself is what is given where no variant is named. */
function withVariant(path: string, variant: VideoVariant): string {
  return variant === 'video' ? path : `${path}${path.includes('?') ? '&' : '?'}variant=${variant}`;
}
