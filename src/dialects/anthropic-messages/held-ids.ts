import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';

/**
 * What an answer leaves at the provider: the container in which code ran, and the files that the code wrote.
 * https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/code-execution-tool
 */

/** Collects the ids, each once. */
export class HeldIds {
  readonly #ids = new Set<string>();

  get list(): readonly string[] {
    return [...this.#ids];
  }

  /** The container that a message or its last delta names. */
  addContainer(message: JsonObject): void {
    const { container } = message;
    if (isJsonObject(container)) this.#add(container['id']);
  }

  /** Files that a block names: the results of a program are an object around their list. */
  addFiles(block: JsonValue | undefined): void {
    if (Array.isArray(block)) {
      for (const inner of block) this.addFiles(inner);
      return;
    }
    if (!isJsonObject(block)) return;
    this.#add(block['file_id']);
    this.addFiles(block['content']);
  }

  #add(id: JsonValue | undefined): void {
    if (typeof id === 'string' && id !== '') this.#ids.add(id);
  }
}
