import type { SigningKey } from '../../identity/room.ts';
import { noteOf, openNote, signText } from './signed-note.ts';

/**
 * What retention removed of a block: a bit for each of its events, signed. Without the signature a removal by another hand could
 * pass for one.
 */
export class Gone {
  readonly #bits: Buffer;
  readonly count: number;

  private constructor(bits: Buffer, count: number) {
    this.#bits = bits;
    this.count = count;
  }

  static none(count: number): Gone {
    return new Gone(Buffer.alloc(Math.ceil(count / 8)), count);
  }

  has(index: number): boolean {
    return (((this.#bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
  }

  with(indexes: readonly number[]): Gone {
    const bits = Buffer.from(this.#bits);
    for (const index of indexes) bits.writeUInt8(bits.readUInt8(index >> 3) | (1 << (index & 7)), index >> 3);
    return new Gone(bits, this.count);
  }

  get isEverything(): boolean {
    for (let index = 0; index < this.count; index++) if (!this.has(index)) return false;
    return true;
  }

  /** The signed text for the block with this head. */
  sign(head: string, origin: string, at: number, key: SigningKey): string {
    const text = [FORM, head, this.#bits.toString('base64'), at, ''].join('\n');
    return noteOf(text, origin, key, signText(text, key));
  }

  /** What a signed text says; undefined where none of these keys has signed it for the block with this head. */
  static open(note: string, head: string, count: number, keys: readonly SigningKey[]): Gone | undefined {
    const opened = openNote(note, keys);
    const [form, of, bits = ''] = opened?.text.split('\n') ?? [];
    if (!opened?.key || form !== FORM || of !== head) return undefined;
    const bytes = Buffer.from(bits, 'base64');
    return bytes.length === Math.ceil(count / 8) ? new Gone(bytes, count) : undefined;
  }
}

const FORM = 'tidegate-audit-gone/1';
