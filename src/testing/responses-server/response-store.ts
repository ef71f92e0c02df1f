import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { WireItem } from '../../model/wire.ts';
import { invalidRequest } from './api-fault.ts';

interface Snapshot {
  readonly parentId: string | undefined;
  readonly items: readonly WireItem[];
}

const anyItem = z.looseObject({ type: z.string() });

/** Pictures are not needed again, and would fill the memory in a long run. */
function withoutPictures(item: WireItem): WireItem {
  const json = JSON.stringify(item, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith('data:image/')
      ? `sha256:${createHash('sha256').update(value).digest('hex')}`
      : value,
  );
  return Object.freeze(anyItem.parse(JSON.parse(json)));
}

/** One immutable snapshot for each stored response: a response can be gone on from more than once. */
export class ResponseStore {
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #storedItems = new Set<string>();
  /** Which reasoning item led to an item that the server made. */
  readonly #reasoningOf = new Map<string, string>();

  /** `added`: the input and output items of this response. */
  save(id: string, parentId: string | undefined, added: readonly WireItem[]): void {
    this.#snapshots.set(id, { parentId, items: added.map(withoutPictures) });
    for (const item of added) if (typeof item['id'] === 'string') this.#storedItems.add(item['id']);
  }

  /** Remembered for stored and unstored responses alike, as the service does (it is in the ids). */
  noteOutput(output: readonly WireItem[]): void {
    output.forEach((item, index) => {
      const before = output[index - 1];
      if (before?.type === 'reasoning' && typeof item['id'] === 'string') {
        this.#reasoningOf.set(item['id'], String(before['id']));
      }
    });
  }

  reasoningOf(itemId: string): string | undefined {
    return this.#reasoningOf.get(itemId);
  }

  hasItem(itemId: string): boolean {
    return this.#storedItems.has(itemId);
  }

  /**
   * Every item up to and including the response, oldest first.
   * @throws ApiFault when it is not stored
   */
  itemsUpTo(id: string): readonly WireItem[] {
    const newestFirst: (readonly WireItem[])[] = [];
    for (let next: string | undefined = id; next !== undefined;) {
      const snapshot = this.#snapshots.get(next);
      if (snapshot === undefined) throw lostResponse(id);
      newestFirst.push(snapshot.items);
      next = snapshot.parentId;
    }
    return newestFirst.toReversed().flat();
  }

  /** As if all that was kept had expired. */
  forget(): void {
    this.#snapshots.clear();
    this.#storedItems.clear();
  }
}

function lostResponse(id: string): Error {
  const param = 'previous_response_id';
  if (!id.startsWith('resp')) {
    return invalidRequest(`Invalid '${param}': '${id}'. Expected an ID that begins with 'resp'.`, {
      param,
      code: 'invalid_value',
    });
  }
  return invalidRequest(`Previous response with id '${id}' not found.`, {
    param,
    code: 'previous_response_not_found',
  });
}
