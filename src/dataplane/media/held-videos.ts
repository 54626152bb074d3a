import { GatewayError } from '../../kernel/errors.ts';
import type { NewWireId } from '../../kernel/ids.ts';
import type { HeldId, HeldVideo } from '../../protocol/held.ts';
import type { Principal } from '../../protocol/principal.ts';
import { findDeployment, type ModelAccess } from '../../routing/resolve.ts';
import type { Exchange } from '../exchange.ts';
import { withCredential } from '../held-ids.ts';
import type { HeldPort } from '../ports.ts';
import { type VideoWay, videoWay } from './video-way.ts';

/** No provider keeps a film longer, whatever it keeps of its record. */
const VIDEO_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Ids that callers can put into a path as they are. */
const PLAIN_ID = /^video_[A-Za-z0-9_-]{1,200}$/;
const ID_PREFIX = 'video';

/** A film of the caller's project, and the way to where it is. */
export type HeldFilm = { readonly held: HeldId; readonly upstreamId: string; readonly way: VideoWay };

export type HeldFilmsDeps = {
  readonly held: HeldPort;
  readonly newWireId: NewWireId;
};

type Asking = { readonly principal: Principal; readonly access: ModelAccess };

/**
 * The film of that id. Somebody else's does not exist for this caller, and one whose connection is gone no longer does.
 * @throws GatewayError `resource.not_found`
 */
export async function findFilm(id: string, asking: Asking, deps: HeldFilmsDeps): Promise<HeldFilm> {
  const [held] = await deps.held.find(asking.principal, [id]);
  if (held === undefined || held.kind !== 'video') throw noSuchFilm();
  return placeFilm(held, asking, deps);
}

/** @throws GatewayError `resource.not_found` where its deployment is no more, or not for this key */
export function placeFilm(held: HeldId, { access }: Pick<Asking, 'access'>, deps: HeldFilmsDeps): HeldFilm {
  const deployment = findDeployment(access, held, 'videos');
  if (deployment === undefined) throw noSuchFilm();
  const way = videoWay(withCredential(deployment, held.credentialId), deps.newWireId);
  if (way instanceof GatewayError) throw way;
  return { held, upstreamId: held.upstreamId ?? held.id, way };
}

export function noSuchFilm(): GatewayError {
  return new GatewayError('resource.not_found', {
    message: 'There is no such video in this project.',
    param: 'video_id',
  });
}

type NewFilm = { readonly upstreamId: string; readonly video: HeldVideo; readonly principal: Principal };

/**
 * Binds a new film to the project that asked for it and to where it is made. Gives the id by which its caller will know
 * it: the provider’s own, unless that does not go into a path or is taken, as two accounts may give the same.
 */
export async function bindFilm(
  exchange: Exchange,
  { upstreamId, video, principal }: NewFilm,
  { held, newWireId }: Pick<HeldFilmsDeps, 'held' | 'newWireId'>,
): Promise<string> {
  const { deployment, startedAt, credentialId } = exchange;
  if (deployment === undefined) throw new Error('only an answered call makes a film');
  const isPlain = PLAIN_ID.test(upstreamId) && (await held.find(principal, [upstreamId])).length === 0;
  const id = isPlain ? upstreamId : newWireId(ID_PREFIX);
  await held.bind([
    {
      id,
      kind: 'video',
      organizationId: principal.organizationId,
      projectId: principal.projectId,
      connectionId: deployment.connection.id,
      credentialId,
      upstreamId: isPlain ? undefined : upstreamId,
      upstreamModel: deployment.upstreamModel,
      createdAt: startedAt,
      expiresAt: startedAt + VIDEO_DAYS * DAY_MS,
      video,
    },
  ]);
  return id;
}
