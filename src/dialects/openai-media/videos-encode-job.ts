import type { JsonObject } from '../../kernel/json.ts';
import type { VideoJob } from '../../protocol/media.ts';

/** What the hub itself knows of a film: the id by which its caller knows it, and how it was asked for. */
export type KnownVideo = {
  readonly id: string;
  readonly model: string;
  readonly createdAtSeconds: number;
  readonly seconds: number | undefined;
  readonly size: string | undefined;
  readonly remixedFrom?: string | undefined;
};

const STATUSES = { queued: 'queued', running: 'in_progress', done: 'completed', failed: 'failed' } as const;
const DONE_PROGRESS = 100;

/**
 * A film in OpenAI's shape: https://platform.openai.com/docs/api-reference/videos/object. What nobody knows is `null`;
 * the prompt is not kept.
 */
export function encodeVideo(job: VideoJob, known: KnownVideo): JsonObject {
  const seconds = job.seconds ?? known.seconds;
  return {
    id: known.id,
    object: 'video',
    model: known.model,
    status: STATUSES[job.status],
    progress: job.progress ?? (job.status === 'done' ? DONE_PROGRESS : 0),
    created_at: job.createdAtSeconds ?? known.createdAtSeconds,
    completed_at: null,
    expires_at: null,
    prompt: null,
    size: known.size ?? job.size ?? null,
    seconds: seconds === undefined ? null : String(seconds),
    remixed_from_video_id: known.remixedFrom ?? null,
    error: job.error === undefined ? null : { code: job.error.code ?? 'failed', message: job.error.message },
  };
}

/** https://platform.openai.com/docs/api-reference/videos/list */
export function encodeVideoList(videos: readonly JsonObject[], hasMore: boolean): JsonObject {
  return {
    object: 'list',
    data: [...videos],
    first_id: videos[0]?.['id'] ?? null,
    last_id: videos.at(-1)?.['id'] ?? null,
    has_more: hasMore,
  };
}

/** https://platform.openai.com/docs/api-reference/videos/delete */
export function encodeDeletedVideo(id: string): JsonObject {
  return { id, object: 'video.deleted', deleted: true };
}
