import type { PassThroughFace, ReadAnswer } from '../../dialects/contract.ts';
import { AudioStreamWatcher, assertNoFault, readTranscription } from '../../dialects/openai-media/audio.ts';
import { openaiMedia } from '../../dialects/openai-media/index.ts';
import { spliceBytes } from '../../dialects/patch-json.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { Deployment } from '../../protocol/deployment.ts';
import { NO_USAGE, UNSAID_USAGE } from '../../protocol/usage.ts';
import { deploymentsIn } from '../../routing/turns.ts';
import { headerSafe } from '../answer.ts';
import { callInTurn, type PreparedCall } from '../call-in-turn.ts';
import type { Exchange } from '../exchange.ts';
import { meterCall } from '../meter.ts';
import type { Ending } from '../outcome.ts';
import type { MeterPort } from '../ports.ts';
import { relayBinary } from '../relay-binary.ts';
import { relayStream } from '../relay-stream.ts';
import { relayWhole } from '../relay-whole.ts';
import { routeCall } from '../request-facts.ts';
import { type ServeDeps, serveRequest } from '../serve-request.ts';
import { isMessageStream, isNeverStream } from '../upstream-answer.ts';
import { holdMade } from './hold-made.ts';
import { boundSpeech, boundTranscription } from './made-bound.ts';
import { modelText, type ReadMediaRequest, readMediaRequest } from './read-media-request.ts';

/**
 * Speech, transcription and translation. Callers and providers speak OpenAI's form here, so everything passes through as
 * it is: forms and sound alike, with only the model's name changed.
 */
export function relayAudio(exchange: Exchange, deps: ServeDeps): Promise<void> {
  return serveRequest(exchange, deps, async ({ access, readBody, guard, admit, takeRoom }) => {
    const read = readMediaRequest(exchange, await readBody(), deps.jsonLimits);
    const isSpeech = exchange.operation === 'speech';
    exchange.streamed = read.streamed;
    const found = routeCall(exchange, access, read, deps);
    const deployments = deploymentsIn(found.routed);
    const request = await guard(read, deployments);
    const { noteCall, relayDeps } = await admit(deployments);
    const { answer } = await callInTurn(
      exchange,
      {
        ...found,
        // Sound goes on as it comes, whatever form it has.
        streams: isSpeech ? isSound : request.streamed ? isMessageStream : isNeverStream,
        prepare: (deployment) => prepareAudio(exchange, deployment, request),
        onCall: () => noteCall(request.body),
      },
      deps,
    );
    const face = isSpeech ? speechFace(request) : transcriptionFace(request);
    const passed = { answer, request, face };
    const contentType = String(answer.headers['content-type'] ?? 'application/octet-stream');
    if (!answer.isStream) return relayWhole(exchange, passed, relayDeps);
    if (contentType.startsWith('text/event-stream')) return relayStream(exchange, passed, { ...relayDeps, takeRoom });
    const endingOf = (status: Ending['status']): Ending =>
      spokenEnding(exchange, { request, status, meter: deps.meter });
    return relayBinary(exchange, { answer, contentType: headerSafe(contentType), endingOf }, relayDeps);
  });
}

function spokenEnding(
  exchange: Exchange,
  {
    request,
    status,
    meter,
  }: { readonly request: ReadMediaRequest; readonly status: Ending['status']; readonly meter: MeterPort },
): Ending {
  const isBrokenOff = status !== 'success';
  const contentEvents = isBrokenOff && exchange.responseBytes > 0 ? 1 : 0;
  const fallback = { body: request.body, output: { contentBytes: 0, contentEvents }, isBrokenOff };
  const metered = meterCall(exchange, spokenCharacters(request).usage, fallback, meter);
  return { ...metered, servedModel: undefined, finishReason: undefined, status, httpStatus: 200, error: undefined };
}

function isSound(contentType: string): boolean {
  return !contentType.startsWith('application/json');
}

async function prepareAudio(
  exchange: Exchange,
  deployment: Deployment,
  request: ReadMediaRequest,
): Promise<PreparedCall<undefined> | GatewayError> {
  const endpoints = deployment.endpoints.get(exchange.operation) ?? [];
  const endpoint = endpoints.find(({ dialect }) => dialect === openaiMedia.name);
  if (endpoint === undefined) {
    return new GatewayError('provider.dialect_unsupported', {
      details: { provider: deployment.connection.providerId, dialect: endpoints[0]?.dialect },
    });
  }
  const refusal = await holdMade(exchange, deployment, () =>
    exchange.operation === 'speech'
      ? boundSpeech(request, spokenCharacters(request).usage.usage.characters)
      : boundTranscription(request, deployment),
  );
  if (refusal !== undefined) return refusal;
  const span = request.spans.get('model');
  const isSame = deployment.upstreamModel === request.model || span === undefined;
  return {
    way: undefined,
    method: 'POST',
    path: endpoint.path,
    headers: {
      'content-type': exchange.header('content-type') ?? 'application/json',
      accept: request.streamed ? 'text/event-stream' : '*/*',
    },
    body: isSame
      ? request.raw
      : spliceBytes(request.raw, [{ ...span, text: modelText(request, deployment.upstreamModel) }]),
    losses: [],
    auth: endpoint.auth,
    decodeFault: openaiMedia.decodeFault,
  };
}

/** Speech is paid for by its characters where the provider does not tell its tokens. */
function spokenCharacters({ body }: ReadMediaRequest): ReadAnswer {
  const { input } = body;
  const characters = typeof input === 'string' ? charactersIn(input) : undefined;
  return {
    usage:
      characters === undefined
        ? UNSAID_USAGE
        : { usage: { ...NO_USAGE, characters }, anomalies: [], basis: 'estimated' },
    servedModel: undefined,
    finishReason: undefined,
    contentCharacters: 0,
    held: [],
  };
}

/** A character that takes two units of a string is one. */
function charactersIn(text: string): number {
  let characters = 0;
  for (const _character of text) characters += 1;
  return characters;
}

function speechFace(request: ReadMediaRequest): PassThroughFace {
  const spoken = spokenCharacters(request);
  return {
    ...transcriptionFace(request),
    readResponse: (body) => {
      assertNoFault(body);
      return spoken;
    },
    openWatcher: () => new AudioStreamWatcher(spoken.usage),
  };
}

function transcriptionFace(request: ReadMediaRequest): PassThroughFace {
  return {
    patchRequest: ({ raw }, { path }) => ({ call: { path, headers: {}, body: raw }, losses: [] }),
    readResponse: (body) => readTranscription(body, request),
    openWatcher: () => new AudioStreamWatcher(),
    decodeFault: openaiMedia.decodeFault,
    terminator: '',
  };
}
