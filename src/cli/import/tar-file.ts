import { type FileHandle, open } from 'node:fs/promises';
import { posix } from 'node:path';
import { sourceFailed } from './source.ts';

interface Entry {
  readonly offset: number;
  readonly size: number;
}

const BLOCK = 512;
/** An archive of images has a few files for each layer. */
const MOST_ENTRIES = 100_000;
/** Names beyond the 100 characters of a header stand in a block of their own. */
const LONGEST_NAME = 64 * 1024;

/** The files in a tar archive, read where they lie: nothing is unpacked. */
export class TarFile implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(file: FileHandle, entries: ReadonlyMap<string, Entry>) {
    this.#file = file;
    this.#entries = entries;
  }

  static async open(path: string): Promise<TarFile> {
    const file = await open(path).catch((error: Error) => {
      throw sourceFailed(`Cannot read the archive: ${error.message}.`);
    });
    try {
      return new TarFile(file, await entriesOf(file, path));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  has(name: string): boolean {
    return this.#entries.has(posix.normalize(name));
  }

  size(name: string): number {
    return this.#entry(name).size;
  }

  async read(name: string, most: number): Promise<Buffer> {
    const { offset, size } = this.#entry(name);
    if (size > most) throw sourceFailed(`${name} in the archive is too large.`);
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(size), 0, size, offset);
    if (bytesRead < size) throw sourceFailed('The archive ends too early.');
    return buffer;
  }

  async *stream(name: string): AsyncIterable<Uint8Array> {
    const { offset, size } = this.#entry(name);
    for (let done = 0; done < size; ) {
      const length = Math.min(1 << 20, size - done);
      const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(length), 0, length, offset + done);
      if (bytesRead === 0) throw sourceFailed('The archive ends too early.');
      yield buffer.subarray(0, bytesRead);
      done += bytesRead;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(posix.normalize(name));
    if (!entry) throw sourceFailed(`The archive has no ${name}.`);
    return entry;
  }
}

const textIn = (header: Buffer, start: number, length: number): string => {
  const bytes = header.subarray(start, start + length);
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end < 0 ? length : end).toString('utf8');
};

/** A size is octal digits, or binary where it does not fit. */
const sizeIn = (header: Buffer): number => {
  const first = header[124] ?? 0;
  const size =
    first & 0x80
      ? Number(header.readBigUInt64BE(128))
      : Number.parseInt(textIn(header, 124, 12).trim() || '0', 8);
  if (!Number.isSafeInteger(size) || size < 0) throw sourceFailed('The archive has a file of no valid size.');
  return size;
};

/** `path=…` of an extended header: each record begins with its length. */
const paxOf = (bytes: Buffer): { path?: string; size?: number } => {
  const found: { path?: string; size?: number } = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const length = Number.parseInt(bytes.subarray(at, space).toString(), 10);
    if (space < 0 || !(length > 0)) break;
    const [key = '', value = ''] = bytes
      .subarray(space + 1, at + length - 1)
      .toString('utf8')
      .split(/=(.*)/s);
    if (key === 'path') found.path = value;
    if (key === 'size') found.size = Number(value);
    at += length;
  }
  return found;
};

const entriesOf = async (file: FileHandle, path: string): Promise<Map<string, Entry>> => {
  const entries = new Map<string, Entry>();
  const links: { name: string; target: string }[] = [];
  const header = Buffer.alloc(BLOCK);
  let named: { path?: string; size?: number } = {};
  for (let at = 0; ; ) {
    const { bytesRead } = await file.read(header, 0, BLOCK, at);
    if (bytesRead < BLOCK || header.every((byte) => byte === 0)) break;
    if (at === 0 && header.readUInt16BE(0) === 0x1f8b)
      throw sourceFailed(`${path} is compressed; unpack it first: gunzip ${path}`);
    if (textIn(header, 257, 5) !== 'ustar') throw sourceFailed(`${path} is no tar archive.`);
    const type = String.fromCharCode(header[156] ?? 0);
    const size = named.size ?? sizeIn(header);
    const offset = at + BLOCK;
    at = offset + Math.ceil(size / BLOCK) * BLOCK;
    if (type === 'x' || type === 'L') {
      if (size > LONGEST_NAME) throw sourceFailed('The archive has a name that is too long.');
      const { buffer } = await file.read(Buffer.alloc(size), 0, size, offset);
      named = type === 'x' ? { ...named, ...paxOf(buffer) } : { ...named, path: textIn(buffer, 0, size) };
      continue;
    }
    const prefix = textIn(header, 345, 155);
    const short = textIn(header, 0, 100);
    const name = posix.normalize(named.path ?? (prefix ? `${prefix}/${short}` : short));
    named = {};
    if (type === '0' || type === '\0') entries.set(name, { offset, size });
    // older programs write a layer that occurs twice as a link
    if (type === '2') links.push({ name, target: posix.join(posix.dirname(name), textIn(header, 157, 100)) });
    if (type === '1') links.push({ name, target: posix.normalize(textIn(header, 157, 100)) });
    if (entries.size + links.length > MOST_ENTRIES) throw sourceFailed('The archive has too many files.');
  }
  for (const { name, target } of links) {
    const entry = entries.get(target);
    if (entry) entries.set(name, entry);
  }
  return entries;
};
