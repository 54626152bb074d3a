import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../kernel/json.ts';
import type { ModelFacts } from '../protocol/configuration.ts';
import { isModelId, LIST_MODELS_MAX, type ModelList, NO_FACTS } from './model-list.ts';
import type { FoundModel } from './ports.ts';

/**
 * Bedrock lists its models at another address than it answers at, and what may be called is in two lists: models that are
 * served on demand, and inference profiles, by which all others are called.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListInferenceProfiles.html
 */

const PROFILES_PATH = '/inference-profiles';
const PROFILES_PER_PAGE = 1000;
const PAGES_MAX = 20;
const NAME_CHARACTERS_MAX = 200;
/** `bedrock-runtime.eu-west-1.amazonaws.com`, with or without `-fips`; the control plane is at `bedrock.` of the same. */
const RUNTIME_HOST = /^bedrock-runtime(-fips)?\.([a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|api\.aws))$/;
/** Ways of Bedrock to say what the hub says otherwise. */
const MODALITIES: Readonly<Record<string, string>> = { SPEECH: 'audio' };

/** Where a runtime's models are listed. Any other address (a gateway, a private link) is asked itself. */
export function bedrockListUrl(baseUrl: string): string {
  const url = new URL(baseUrl);
  const [, fips = '', rest] = RUNTIME_HOST.exec(url.hostname) ?? [];
  if (rest === undefined) return baseUrl;
  url.hostname = `bedrock${fips}.${rest}`;
  return url.origin;
}

/**
 * What the account may call: models on demand that write text, and every active profile of such a model.
 * `get` asks for a path of the list's address.
 * @throws GatewayError as `get` does; `upstream.invalid_answer`, `upstream.answer_too_large`
 */
export async function listBedrockModels(
  get: (path: string) => Promise<Buffer>,
  modelsPath: string,
): Promise<ModelList> {
  const models = new Map<string, FoundModel>();
  const known = new Map<string, ModelFacts>();
  let refused = 0;
  const add = (id: string | undefined, facts: ModelFacts): void => {
    if (id === undefined || !isModelId(id)) refused += 1;
    else if (!models.has(id)) models.set(id, { upstreamModel: id, facts });
    if (models.size > LIST_MODELS_MAX) throw new GatewayError('upstream.answer_too_large');
  };
  for (const row of rowsOf(read(await get(modelsPath)), 'modelSummaries')) {
    const id = textOf(row['modelId']);
    const facts = factsOf(row);
    if (id !== undefined) known.set(id, facts);
    if (id === undefined || includes(row['inferenceTypesSupported'], 'ON_DEMAND')) add(id, facts);
  }
  for (const type of ['SYSTEM_DEFINED', 'APPLICATION']) {
    for await (const row of profilesOf(get, type)) {
      const facts = factsOfProfile(row, known);
      // A profile of models that are not listed makes pictures or vectors.
      if (facts === undefined || row['status'] !== 'ACTIVE') continue;
      add(textOf(row[row['type'] === 'APPLICATION' ? 'inferenceProfileArn' : 'inferenceProfileId']), facts);
    }
  }
  return { models: [...models.values()], prices: [], refused, ownedBy: undefined };
}

/** Every profile of a type, page after page. What is not all there would look withdrawn. */
async function* profilesOf(get: (path: string) => Promise<Buffer>, type: string): AsyncGenerator<JsonObject> {
  const first = `${PROFILES_PATH}?maxResults=${PROFILES_PER_PAGE}&type=${type}`;
  let path = first;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = read(await get(path));
    yield* rowsOf(answer, 'inferenceProfileSummaries');
    const token = textOf(answer['nextToken']);
    if (token === undefined) return;
    path = `${first}&nextToken=${encodeURIComponent(token)}`;
  }
  throw new GatewayError('upstream.answer_too_large', {
    message: `The provider’s list of models has more than ${PAGES_MAX} pages.`,
  });
}

function factsOf(row: JsonObject): ModelFacts {
  return {
    ...NO_FACTS,
    displayName: nameOf(row['modelName']),
    inputModalities: modalitiesOf(row['inputModalities']),
    outputModalities: modalitiesOf(row['outputModalities']),
  };
}

/** A profile serves what its model does, from several regions or for one account. */
function factsOfProfile(row: JsonObject, known: ReadonlyMap<string, ModelFacts>): ModelFacts | undefined {
  const { models } = row;
  if (!Array.isArray(models)) return undefined;
  for (const model of models) {
    const arn = isJsonObject(model) ? textOf(model['modelArn']) : undefined;
    const facts = arn === undefined ? undefined : known.get(arn.slice(arn.lastIndexOf('/') + 1));
    if (facts !== undefined) return { ...facts, displayName: nameOf(row['inferenceProfileName']) ?? facts.displayName };
  }
  return undefined;
}

function read(body: Buffer): JsonObject {
  const answer = parseJsonOrUndefined(body.toString('utf8'));
  if (isJsonObject(answer)) return answer;
  throw unreadable();
}

function rowsOf(answer: JsonObject, field: string): readonly JsonObject[] {
  const rows = answer[field];
  if (!Array.isArray(rows)) throw unreadable();
  return rows.filter(isJsonObject);
}

function unreadable(): GatewayError {
  return new GatewayError('upstream.invalid_answer', { message: 'The provider’s list of models could not be read.' });
}

function modalitiesOf(value: JsonValue | undefined): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const words = value.filter((word): word is string => typeof word === 'string' && /^[A-Z_]{1,32}$/.test(word));
  return words.length === 0 ? undefined : words.map((word) => MODALITIES[word] ?? word.toLowerCase());
}

function includes(value: JsonValue | undefined, word: string): boolean {
  return Array.isArray(value) && value.includes(word);
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function nameOf(value: JsonValue | undefined): string | undefined {
  const name = textOf(value)?.replace(/\p{C}/gu, '').trim().slice(0, NAME_CHARACTERS_MAX);
  return name === '' ? undefined : name;
}
