import type { ClientError } from './client-error.ts';

/** Characters that one item may have: an image with a million tags has about half of it. */
const LONGEST_ITEM = 256 << 20;

/** The characters that mean something. */
const SIGNS = /["\\,[\]{}]/g;

/** Splits a JSON array that comes in pieces into its items. Only the item that is under way is kept. */
export class ArrayReader {
  /** Makes the error for what is no array, or broke off. */
  readonly #broken: () => ClientError;
  /** The pieces of the item that is under way. */
  #item: string[] = [];
  #length = 0;
  #begun = false;
  #hasItems = false;
  #depth = 0;
  #inString = false;
  /** The last piece ended in a backslash. */
  #escaped = false;

  constructor(broken: () => ClientError) {
    this.#broken = broken;
  }

  /** The items that are whole with this piece. */
  *read(piece: string): Iterable<unknown> {
    const text = this.#begun ? piece : this.#begin(piece.trimStart());
    // a decoder has nothing to hand over where a chunk ends within a character
    if (text === '') return;
    let start = 0;
    SIGNS.lastIndex = this.#escaped ? 1 : 0;
    this.#escaped = false;
    for (let found = SIGNS.exec(text); found; found = SIGNS.exec(text)) {
      const { index } = found;
      const [sign] = found;
      if (this.#inString && sign === '\\') {
        SIGNS.lastIndex = index + 2;
        this.#escaped = index + 1 === text.length;
      } else if (this.#isItemsEnd(sign)) {
        const next = SIGNS.lastIndex;
        yield* this.#ended(text.slice(start, index));
        SIGNS.lastIndex = next;
        start = next;
      }
    }
    this.#keep(text.slice(start));
  }

  /** Throws unless the array came to its end. */
  end(): void {
    if (!this.#begun || this.#depth !== 0 || this.#item.join('').trim() !== '') throw this.#broken();
  }

  #begin(text: string): string {
    if (text === '') return text;
    if (!text.startsWith('[')) throw this.#broken();
    this.#begun = true;
    this.#depth = 1;
    return text.slice(1);
  }

  /** Takes a character that means something; whether it ends an item. */
  #isItemsEnd(sign: string): boolean {
    if (sign === '"') this.#inString = !this.#inString;
    if (this.#inString) return false;
    if (sign === '[' || sign === '{') this.#depth++;
    if (sign === ']' || sign === '}') {
      this.#depth--;
      return this.#depth === 0;
    }
    return sign === ',' && this.#depth === 1;
  }

  #keep(rest: string): void {
    if (rest === '') return;
    this.#length += rest.length;
    if (this.#length > LONGEST_ITEM || (this.#depth <= 0 && rest.trim() !== '')) throw this.#broken();
    this.#item.push(rest);
  }

  *#ended(rest: string): Iterable<unknown> {
    const text = [...this.#item, rest].join('');
    this.#item = [];
    this.#length = 0;
    // what stands between the brackets of an empty array
    if (text.trim() === '' && this.#depth === 0 && !this.#hasItems) return;
    this.#hasItems = true;
    let item: unknown;
    try {
      item = JSON.parse(text);
    } catch {
      throw this.#broken();
    }
    yield item;
  }
}
