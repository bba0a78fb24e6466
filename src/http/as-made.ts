import { Readable } from 'node:stream';
import type { JsonReply } from './json-app.ts';

/** Sends JSON as it is made, in short texts, which are sent as longer ones. */
export const sendJsonAsMade = (reply: JsonReply, texts: AsyncIterable<string>): void =>
  sendAsMade(reply, 'application/json; charset=utf-8', inPieces(texts, endOf(reply)));

/** Sends objects as they are made, each on a line of its own. A page of them is sent at once; an empty one is none. */
export const sendLinesAsMade = (reply: JsonReply, lines: AsyncIterable<object | readonly object[]>): void =>
  sendAsMade(reply, 'application/x-ndjson', textOfLines(lines, endOf(reply)));

/** Fires when the client is gone, or has its answer: work for the answer ends then. */
export const endOf = (reply: JsonReply): AbortSignal => {
  const end = new AbortController();
  if (reply.raw.destroyed) end.abort();
  else reply.raw.once('close', () => end.abort());
  return end.signal;
};

/**
 * When the client is gone, nothing more of the answer is made. The stream alone would notice that only with its next text, and
 * work that finds nothing makes none: so it is looked at each page and each text, empty ones too.
 */
const sendAsMade = (reply: JsonReply, type: string, texts: AsyncIterable<string>): void => {
  reply.type(type).send(Readable.from(texts, { objectMode: false }));
};

async function* textOfLines(
  lines: AsyncIterable<object | readonly object[]>,
  end: AbortSignal,
): AsyncIterable<string> {
  for await (const some of lines) {
    if (end.aborted) return;
    const text = [some].flat().map((line) => `${JSON.stringify(line)}\n`);
    if (text.length > 0) yield text.join('');
  }
}

/** Short texts joined to longer ones: each piece that is sent costs as much as kilobytes of it. */
async function* inPieces(texts: AsyncIterable<string>, end: AbortSignal): AsyncIterable<string> {
  let piece = '';
  for await (const text of texts) {
    if (end.aborted) return;
    piece += text;
    if (piece.length < 16_384) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/**
 * The texts of entries, with commas between them, as the text of what has them: an array where nothing else is said. A text
 * may be of several entries, with commas between them, or of none.
 */
export async function* jsonOfEntries(
  entries: AsyncIterable<AsyncIterable<string> | string>,
  [begin, end]: readonly [string, string] = ['[', ']'],
): AsyncIterable<string> {
  let before = begin;
  for await (const entry of entries) {
    if (entry === '') {
      // with each text, inPieces looks whether the client is still there
      yield entry;
      continue;
    }
    yield before;
    before = ',';
    if (typeof entry === 'string') yield entry;
    else yield* entry;
  }
  yield before === begin ? begin + end : end;
}
