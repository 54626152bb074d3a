import type { JsonObject } from '../../../src/kernel/json.ts';
import type { RequestFeatureId } from './request-features.ts';

/** For each feature the request that asks for it, or why a caller of the dialect cannot. */
export type CallerRequests = Readonly<Record<RequestFeatureId, JsonObject | string>>;
