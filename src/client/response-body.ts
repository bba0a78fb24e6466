import type { ClientError } from './client-error.ts';
import { ArrayReader } from './json-array.ts';

/** The JSON of an answer; undefined where it is not JSON (the page of a proxy). */
export const jsonOf = async (response: Response): Promise<unknown> => {
  try {
    return JSON.parse(await response.text());
  } catch {
    return undefined;
  }
};

/** A body as text, piece by piece. Through a reader: not every browser can iterate over a stream. */
async function* piecesOf(body: ReadableStream<Uint8Array>): AsyncIterable<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    await reader.cancel();
  }
}

/** The lines of a body, each as soon as it is whole. */
export async function* linesOf(body: ReadableStream<Uint8Array>): AsyncIterable<string> {
  let rest = '';
  for await (const piece of piecesOf(body)) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** The items of a body that is a JSON array, as soon as they are whole: those that come with a piece together. */
export async function* itemsOf(
  body: ReadableStream<Uint8Array>,
  broken: () => ClientError,
): AsyncIterable<readonly unknown[]> {
  const array = new ArrayReader(broken);
  for await (const piece of piecesOf(body)) {
    const items = [...array.read(piece)];
    if (items.length > 0) yield items;
  }
  array.end();
}
