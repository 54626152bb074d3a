import type { JsonValue } from '../../kernel/json.ts';

/** What the page shows of an OpenAPI document. */
export type ApiReference = {
  readonly title: string;
  readonly description: string;
  readonly schemes: readonly SecurityScheme[];
  readonly tags: readonly Tag[];
  readonly schemas: ReadonlyMap<string, Shape>;
};

export type Tag = {
  readonly name: string;
  readonly description: string;
  readonly operations: readonly Operation[];
};

export type SecurityScheme = {
  readonly name: string;
  readonly description: string;
  readonly sent: { readonly as: 'bearer' } | { readonly as: 'cookie' | 'header' | 'query'; readonly name: string };
};

export type Operation = {
  /** Without one in the document: made of method and path. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly moreUrl: string | undefined;
  /** Names of schemes: each entry is one way in, which needs all of its schemes. None: anybody may call it. */
  readonly security: readonly (readonly string[])[];
  readonly parameters: readonly Parameter[];
  readonly body: RequestBody | undefined;
  readonly responses: readonly Response[];
};

export type Parameter = {
  readonly name: string;
  readonly place: 'path' | 'query' | 'header' | 'cookie';
  readonly isRequired: boolean;
  readonly shape: Shape;
};

export type RequestBody = {
  readonly isRequired: boolean;
  readonly description: string;
  readonly contents: readonly Content[];
};

/** Statuses that are answered alike stand together. */
export type Response = {
  readonly statuses: readonly string[];
  readonly description: string;
  readonly headers: readonly Field[];
  readonly contents: readonly Content[];
};

export type Content = {
  readonly mediaType: string;
  readonly shape: Shape | undefined;
  readonly example: JsonValue | undefined;
};

/** A schema as far as a reader asks: what it is, what it holds, and its limits. */
export type Shape = {
  /** JSON Schema's own word, or `any`. */
  readonly type: string;
  /** The named schema that it is; what that holds stands there. */
  readonly reference?: string | undefined;
  readonly description: string;
  readonly limits: readonly Limit[];
  readonly choices: readonly JsonValue[];
  readonly example?: JsonValue | undefined;
  readonly fields: readonly Field[];
  /** What a field of any other name holds. */
  readonly others?: Shape | undefined;
  readonly items?: Shape | undefined;
  readonly variants: readonly Shape[];
};

export type Field = { readonly name: string; readonly isRequired: boolean; readonly shape: Shape };

export type Limit =
  | { readonly kind: 'length' | 'items' | 'range'; readonly min: number | undefined; readonly max: number | undefined }
  | { readonly kind: 'above' | 'below'; readonly value: number }
  | { readonly kind: 'format' | 'pattern' | 'default'; readonly text: string };
