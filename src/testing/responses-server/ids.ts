import { randomBytes } from 'node:crypto';

/** Ids that are unique over every server and run: ids made from content alone would collide. */
export class IdSource {
  readonly #run = randomBytes(8).toString('hex');
  #count = 0;

  next(prefix: string): string {
    this.#count += 1;
    return `${prefix}_${this.#run}${this.#count.toString(16).padStart(8, '0')}`;
  }
}
