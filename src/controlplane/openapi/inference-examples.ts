const MODEL = 'openai/gpt-4.1-mini';
const MESSAGES = [{ role: 'user', content: 'Say something.' }];
const CONTENT = { parts: [{ text: 'Say something.' }] };
const CONTENTS = [{ role: 'user', ...CONTENT }];
const IMAGE = { model: 'openai/gpt-image-1', prompt: 'A lighthouse at dusk', size: '1024x1024' };
const SPEECH = { model: 'openai/gpt-4o-mini-tts', voice: 'alloy', input: 'Say something.' };
const EMBEDDING = { model: 'openai/text-embedding-3-small', input: ['Say something.', 'Say something else.'] };
const FILM = { prompt: 'A lighthouse at dusk', seconds: '4' };

/** A body for each call of the data plane's document that takes JSON, by the call's `operationId`. */
export const INFERENCE_EXAMPLES: Readonly<Record<string, object>> = {
  createChatCompletion: { model: MODEL, messages: MESSAGES, stream: true },
  createCompletion: { model: 'openai/gpt-3.5-turbo-instruct', prompt: 'Once upon a time', max_tokens: 100 },
  createResponse: { model: MODEL, input: 'Say something.' },
  createEmbedding: EMBEDDING,
  createMessage: { model: 'anthropic/claude-sonnet-4-5', max_tokens: 1024, messages: MESSAGES },
  countMessageTokens: { model: 'anthropic/claude-sonnet-4-5', messages: MESSAGES },
  generateContent: { contents: CONTENTS },
  streamGenerateContent: { contents: CONTENTS },
  countTokens: { contents: CONTENTS },
  embedContent: { content: CONTENT },
  batchEmbedContents: { requests: [{ content: CONTENT }] },
  createImage: IMAGE,
  createSpeech: SPEECH,
  createVideo: { model: 'openai/sora-2', ...FILM },
  remixVideo: { prompt: 'The same at dawn' },
  chatWithFramework: { input: { modelOptions: { model: MODEL }, messages: MESSAGES } },
  createAigneChatCompletion: { model: MODEL, messages: MESSAGES },
  createAigneEmbedding: EMBEDDING,
  createFrameworkImage: {
    input: { modelOptions: { model: IMAGE.model }, prompt: IMAGE.prompt, n: 1 },
  },
  createAigneImage: IMAGE,
  createFrameworkVideo: { input: { modelOptions: { model: 'openai/sora-2' }, ...FILM } },
  createAigneSpeech: SPEECH,
};
