import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as smallBlobs from '../../src/registry/small-blobs/rows.ts';
import * as uploads from '../../src/registry/uploads/rows.ts';
import { AT, newNamespace, newUpload, unique } from './database-rows.ts';
import { type QueryTester, shuffled } from './queries.ts';

/** Bytes on their way, and those that are kept in rows. */
export const uploadQueries = ({ read, write, current }: QueryTester): void => {
  test('uploads: extended, ended once, and those whose time is over, oldest first', async () => {
    const { namespace } = await newNamespace(current());
    const rows = [-3, -2, -1, 1].map((rest) => newUpload(namespace, rest));
    for (const row of shuffled(rows)) await write(uploads.insertUpload, row);
    assert.deepEqual(await read(uploads.findUpload, rows[0]?.id ?? ''), rows[0]);
    await write(uploads.extendUpload, rows[0]?.id ?? '', AT);
    const [first, second] = [rows[1]?.id, rows[2]?.id].map((id) => ({ id, stagingId: 'staged' }));
    assert.deepEqual(await read(uploads.expiredUploads, -1, 10), [first, second]);
    assert.deepEqual(await read(uploads.expiredUploads, -1, 1), [first]);
    const ids = rows.map(({ id }) => id);
    assert.deepEqual((await read(uploads.uploadsThatAre, [...ids, 'x'])).toSorted(), ids.toSorted());
    assert.deepEqual(await read(uploads.uploadsThatAre, []), []);
    assert.equal(await write(uploads.deleteUpload, rows[1]?.id ?? ''), true);
    assert.equal(await write(uploads.deleteUpload, rows[1]?.id ?? ''), false);
  });

  test('bytes of an upload change only where as many are there as was thought, and not once the blob store has them', async () => {
    const { namespace } = await newNamespace(current());
    const content = Buffer.from('ab');
    const upload = { ...newUpload(namespace), stagingId: undefined, content: new Uint8Array(0) };
    const { id } = upload;
    await write(uploads.insertUpload, upload);
    assert.deepEqual(await read(uploads.findUpload, id), upload);
    assert.equal(await write(uploads.replaceContent, { id, offset: 1, content }), false);
    assert.equal(await write(uploads.replaceContent, { id, offset: 0, content }), true);
    assert.equal(await write(uploads.replaceContent, { id, offset: 0, content }), false, 'a second time');
    assert.deepEqual(Buffer.from((await read(uploads.findUpload, id))?.content ?? []), content);
    assert.equal(await write(uploads.moveToStaging, { id, offset: 0, stagingId: 's' }), false);
    assert.equal(await write(uploads.moveToStaging, { id, offset: 2, stagingId: 's' }), true);
    assert.equal(await write(uploads.moveToStaging, { id, offset: 2, stagingId: 't' }), false);
    assert.equal(await write(uploads.replaceContent, { id, offset: 2, content }), false);
    const staged = { ...upload, stagingId: 's', content: undefined };
    assert.deepEqual(await read(uploads.findUpload, id), staged);
    assert.equal(await write(uploads.replaceContent, { id: 'other', offset: 0, content }), false);
  });

  test('small blobs, by name; their names in order and their sizes, without their bytes', async () => {
    const region = unique('r');
    const names = ['a', 'b', 'c', 'd'].map((last) => `${region}/row/${last}`);
    for (const name of shuffled(names)) await write(smallBlobs.insertSmallBlob, name, Buffer.from('12345'));
    const [first = '', second = ''] = names;
    assert.deepEqual(Buffer.from((await read(smallBlobs.findSmallBlob, first)) ?? []), Buffer.from('12345'));
    assert.equal(await read(smallBlobs.sizeOfSmallBlob, first), 5);
    const all = [`${region}/row/`, `${region}/row/~`] as const;
    assert.deepEqual(await read(smallBlobs.smallBlobsAfter, ...all, 9), names);
    assert.deepEqual(await read(smallBlobs.smallBlobsAfter, first, all[1], 2), names.slice(1, 3));
    await assert.rejects(write(smallBlobs.insertSmallBlob, first, Buffer.from('6')), 'a name is used once');
    await write(smallBlobs.deleteSmallBlob, second);
    await write(smallBlobs.deleteSmallBlob, second);
    assert.equal(await read(smallBlobs.findSmallBlob, second), undefined);
    assert.equal(await read(smallBlobs.sizeOfSmallBlob, second), undefined);
  });
};
