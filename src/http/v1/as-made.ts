import { Readable } from 'node:stream';
import type { JsonReply } from '../json-app.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Sends an answer as it is made. When the client is gone, nothing more of it is made. */
export const sendAsMade = (reply: JsonReply, type: string, texts: AsyncIterable<string>): void => {
  reply.type(type).send(Readable.from(texts, { objectMode: false }));
};

/** The same for JSON in short texts, which are sent as longer ones. */
export const sendJsonAsMade = (reply: JsonReply, texts: AsyncIterable<string>): void =>
  sendAsMade(reply, JSON_TYPE, inPieces(texts));

/** Short texts joined to longer ones: each piece that is sent costs as much as kilobytes of it. */
async function* inPieces(texts: AsyncIterable<string>): AsyncIterable<string> {
  let piece = '';
  for await (const text of texts) {
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
    if (entry === '') continue;
    yield before;
    before = ',';
    if (typeof entry === 'string') yield entry;
    else yield* entry;
  }
  yield before === begin ? begin + end : end;
}
