import type { VideoJob } from '../../protocol/media.ts';
import { type AloneDeps, callAlone } from '../call-alone.ts';
import { preparedVideoCall, type VideoWay } from './video-way.ts';

/**
 * Asks after a film on nobody's request.
 * @throws GatewayError the provider's fault, or why it could not be asked
 */
export async function askFilm(way: VideoWay, upstreamId: string, deps: AloneDeps): Promise<VideoJob> {
  const call = preparedVideoCall(way, way.face.encodeStatus(upstreamId, way.target));
  const answer = await callAlone(call, way.deployment, deps);
  return way.face.decodeJob(answer.body(), upstreamId);
}
