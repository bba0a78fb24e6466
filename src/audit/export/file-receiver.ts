import { type FileHandle, open } from 'node:fs/promises';
import type { AuditedEvent } from '../events/room.ts';
import type { Form, Receiver } from './receiver.ts';

/** The end of the file that is read to find its last line; a line is far shorter. */
const TAIL = 1 << 20;

/** A file that gets a line for each event. What it has already is read off its last line. */
export class FileReceiver implements Receiver {
  readonly #file: FileHandle;
  readonly #form: Form;
  readonly has: number | undefined;

  private constructor(file: FileHandle, form: Form, has: number | undefined) {
    this.#file = file;
    this.#form = form;
    this.has = has;
  }

  static async open(path: string, form: Form): Promise<FileReceiver> {
    const file = await open(path, 'a+', 0o600);
    try {
      return new FileReceiver(file, form, await lastNumberOf(file));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async take(events: readonly AuditedEvent[]): Promise<void> {
    await this.#file.appendFile(events.map((event) => `${JSON.stringify(this.#form(event))}\n`).join(''));
  }

  async finish(): Promise<void> {
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** The number in the last line; a line that broke off is taken away. */
const lastNumberOf = async (file: FileHandle): Promise<number | undefined> => {
  const { size } = await file.stat();
  const start = Math.max(0, size - TAIL);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
  const tail = buffer.subarray(0, bytesRead);
  const end = tail.lastIndexOf('\n') + 1;
  if (end < tail.length) await file.truncate(start + end);
  const line = tail.subarray(0, end).toString().trimEnd().split('\n').at(-1);
  return numberOf(line ?? '');
};

const numberOf = (line: string): number | undefined => {
  try {
    const { sequence } = JSON.parse(line) as { sequence?: unknown };
    return typeof sequence === 'number' ? sequence : undefined;
  } catch {
    return undefined;
  }
};
