import type { Answering, ReadRequest } from '../dialects/contract.ts';
import { DIALECTS } from '../dialects/index.ts';
import { readJsonBody } from '../dialects/json-request.ts';
import type { JsonLimits } from '../kernel/json-spans.ts';
import { deploymentsIn } from '../routing/turns.ts';
import { answerCached, type CachePort, findCached } from './call-cache.ts';
import { type AnsweredCall, callInTurn } from './call-in-turn.ts';
import type { StreamDeps } from './caller-stream.ts';
import { answerTokenCount, isCountedHere } from './count-tokens.ts';
import type { Exchange } from './exchange.ts';
import { onlyWhereHeld } from './held-ids.ts';
import type { ReasoningStore } from './reasoning-store.ts';
import { relayStream } from './relay-stream.ts';
import { relayWhole, translateEmbeddings, translateWhole } from './relay-whole.ts';
import { routeCall } from './request-facts.ts';
import { type Admitted, type ServeDeps, type Serving, serveRequest } from './serve-request.ts';
import { modelWithProvider } from './shown-model.ts';
import { translateStream } from './translate-stream.ts';
import { isMessageStream, isNeverStream } from './upstream-answer.ts';
import { DecodedOnce, type InlineMedia, prepareCall, type Way } from './ways.ts';

export type PipelineDeps = ServeDeps & {
  readonly reasoning: ReasoningStore;
  readonly inlineMedia: InlineMedia;
  readonly cache: CachePort;
};

/**
 * One request in words, from its first byte to its last: chats, completions, embeddings. The stages stand here in their
 * order and know nothing of one another.
 */
export function relay(exchange: Exchange, deps: PipelineDeps): Promise<void> {
  return serveRequest(exchange, deps, async (serving) => {
    const { principal, access } = serving;
    const read = readRequest(exchange, await serving.readBody(), deps.jsonLimits);

    const found = routeCall(exchange, access, read, deps);
    const asked = { request: read, principal, held: deps.held, nowMs: exchange.startedAt };
    const routed = await onlyWhereHeld(found.routed, asked);
    const deployments = deploymentsIn(routed);
    const request = await serving.guard(read, deployments);
    const admitted = await serving.admit(deployments);
    if (isCountedHere(exchange, routed)) return answerTokenCount(exchange, request, admitted.relayDeps);

    const cached = await findCached(exchange, { principal, request, deployments }, deps.cache);
    if (cached !== undefined) {
      const { isCharged } = deps.cache;
      return answerCached(exchange, cached, { deployments, isCharged }, admitted.relayDeps);
    }

    const decoded = new DecodedOnce(request, exchange, { inlineMedia: deps.inlineMedia, takeRoom: serving.takeRoom });
    const answered = await callInTurn(
      exchange,
      {
        routed,
        facts: found.facts,
        // Who refers to what a provider keeps cannot ask another one.
        reroute: request.references.length === 0 ? found.reroute : undefined,
        streams: request.streamed ? isMessageStream : isNeverStream,
        prepare: (deployment) => prepareCall(exchange, deployment, { decoded, newId: deps.newWireId }),
        onCall: () => admitted.noteCall(request.body),
      },
      deps,
    );
    await giveAnswer(exchange, answered, { decoded, serving: { ...serving, ...admitted }, deps });
  });
}

/** Reads the request as far as everybody needs it: what it asks for, and of whom. */
function readRequest(exchange: Exchange, raw: Buffer, limits: JsonLimits): ReadRequest {
  const { body, spans } = readJsonBody(raw, limits);
  const { face } = exchange.caller;
  const head = face.readHead(body, exchange.operation, exchange.header('accept'), exchange.named);
  exchange.requestedModel = head.model;
  exchange.streamed = head.streamed;
  exchange.endUser = head.endUser;
  return { ...head, raw, body, spans };
}

type Giving = {
  readonly decoded: DecodedOnce;
  readonly serving: Pick<Serving & Admitted, 'relayDeps' | 'takeRoom'>;
  readonly deps: PipelineDeps;
};

/** Gives the provider's answer to the caller, by the way on which the request went. */
async function giveAnswer(
  exchange: Exchange,
  { answer, way }: AnsweredCall<Way>,
  { decoded, serving, deps }: Giving,
): Promise<void> {
  const { request } = decoded;
  const relayDeps: StreamDeps = serving.relayDeps;
  switch (way.kind) {
    case 'pass': {
      const passed = { answer, request, face: way.face };
      return answer.isStream
        ? relayStream(exchange, passed, { ...relayDeps, takeRoom: serving.takeRoom })
        : relayWhole(exchange, passed, relayDeps);
    }
    case 'chat': {
      const answering: Answering = { ...answeringOf(exchange, deps), request: decoded.chat };
      const translated = { answer, request, face: way.face, answering };
      return request.streamed
        ? translateStream(
            exchange,
            { ...translated, terminator: DIALECTS.get(way.dialect)?.passThrough?.terminator ?? '' },
            { ...relayDeps, takeRoom: serving.takeRoom },
          )
        : translateWhole(exchange, translated, relayDeps);
    }
    case 'embeddings': {
      const answering = answeringOf(exchange, deps);
      const asked = decoded.embeddings;
      return translateEmbeddings(exchange, { answer, request, face: way.face, answering, asked }, relayDeps);
    }
  }
}

/** What an answer may say of itself beyond what its provider said. */
function answeringOf(exchange: Exchange, { newWireId, reasoning }: PipelineDeps): Omit<Answering, 'request'> {
  return {
    requestId: exchange.requestId,
    recordId: exchange.recordId,
    model: exchange.requestedModel,
    modelWithProvider: modelWithProvider(exchange),
    nowSeconds: Math.floor(exchange.startedAt / 1000),
    newId: newWireId,
    keepReasoning: reasoning.keep,
  };
}
