import { type CodeInput, js, KEY_NAME, keywords, withoutBytes } from './literals.ts';

/** A command. A quote within the body ends the shell's, stands by itself, and begins it anew. */
export function curl({ hub, body }: CodeInput): string {
  const shortened = JSON.stringify(
    body,
    (_, value: unknown) => (typeof value === 'string' ? withoutBytes(value) : value),
    2,
  );
  return [
    `curl ${hub}/v1/chat/completions \\`,
    `  -H "Authorization: Bearer $${KEY_NAME}" \\`,
    '  -H "Content-Type: application/json" \\',
    `  -d '${shortened.replaceAll("'", "'\\''")}'`,
  ].join('\n');
}

export function openaiNode({ hub, body }: CodeInput): string {
  return [
    '// npm install openai',
    "import OpenAI from 'openai';",
    '',
    `const client = new OpenAI({ baseURL: ${JSON.stringify(`${hub}/v1`)}, apiKey: process.env.${KEY_NAME} });`,
    `const answer = await client.chat.completions.create(${js(body)});`,
    'console.log(JSON.stringify(answer.choices[0].message, null, 2));',
  ].join('\n');
}

export function openaiPython({ hub, body }: CodeInput): string {
  return [
    '# pip install openai',
    'import os',
    'from openai import OpenAI',
    '',
    `client = OpenAI(base_url=${JSON.stringify(`${hub}/v1`)}, api_key=os.environ["${KEY_NAME}"])`,
    'answer = client.chat.completions.create(',
    `${keywords(body, 1)})`,
    'print(answer.choices[0].message)',
  ].join('\n');
}

/** Tools and a format are bound as the API has them; the rest are the model's own parameters. */
export function langchain({ hub, body }: CodeInput): string {
  const { messages, tools, response_format: format, ...parameters } = body;
  const bound = {
    ...(tools === undefined ? {} : { tools }),
    ...(format === undefined ? {} : { response_format: format }),
  };
  return [
    '# pip install langchain-openai',
    'import os',
    'from langchain_openai import ChatOpenAI',
    '',
    'model = ChatOpenAI(',
    `  base_url=${JSON.stringify(`${hub}/v1`)},`,
    `  api_key=os.environ["${KEY_NAME}"],`,
    `${keywords(parameters, 1)})`,
    ...(Object.keys(bound).length === 0 ? [] : ['model = model.bind(', `${keywords(bound, 1)})`]),
    `answer = model.invoke(${keywords({ messages: messages ?? [] }, 0)
      .trim()
      .replace(/^messages=/, '')
      .replace(/,$/, '')})`,
    'print(answer.content, answer.tool_calls)',
  ].join('\n');
}
