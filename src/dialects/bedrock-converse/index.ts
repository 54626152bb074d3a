import type { Dialect } from '../contract.ts';
import { decodeResponse } from './decode-response.ts';
import { encodeRequest } from './encode-request.ts';
import { DIALECT } from './encoding.ts';
import { decodeFault } from './faults.ts';
import { BedrockStreamDecoder } from './stream-decoder.ts';

/** Amazon Bedrock's Converse: https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference.html */
export const bedrockConverse: Dialect = {
  name: DIALECT,
  outbound: {
    framing: 'aws-event-stream',
    carries: { imageUrls: false, fileUrls: false },
    encodeRequest,
    decodeResponse,
    openDecoder: () => new BedrockStreamDecoder(),
    decodeFault,
  },
};
