/** A part of some content, both ends inclusive, as in HTTP. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

const CONTENT_RANGE = /^(?:bytes )?(\d{1,16})-(\d{1,16})(?:\/(?:(\d{1,16})|\*))?$/i;
const BYTES_UNIT = /^bytes=/i;
const RANGE_SPEC = /^[ \t]*(\d*)-(\d*)[ \t]*$/;

/** As many as podman asks for at once, of a zstd:chunked layer; to a 200 it would read the whole layer. */
const RANGE_LIMIT = 1024;

/**
 * The Content-Range of an upload chunk: `a-b` as the distribution-spec has it (end-5), or HTTP's `bytes a-b/size`.
 * Undefined means append at the end.
 */
export const parseContentRange = (header: string | undefined): ByteRange | undefined | 'invalid' => {
  if (header === undefined) return undefined;
  const match = CONTENT_RANGE.exec(header);
  if (match === null) return 'invalid';
  const first = Number(match[1]);
  const last = Number(match[2]);
  const size = match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3]);
  return Number.isSafeInteger(last) && first <= last && last < size ? { first, last } : 'invalid';
};

/** One range-spec cut to `size`: undefined if it selects nothing, 'malformed' if it is none. */
const clip = (spec: string, size: number): ByteRange | undefined | 'malformed' => {
  const [, from = '', to = ''] = RANGE_SPEC.exec(spec) ?? [];
  if (from === '' && to === '') return 'malformed';
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return first <= last ? { first, last } : undefined;
};

const overlap = (ranges: readonly ByteRange[]): boolean => {
  const sorted = ranges.toSorted((a, b) => a.first - b.first);
  return sorted.some(({ first }, index) => first <= (sorted[index - 1]?.last ?? -1));
};

/**
 * The Range header of a read of `size` bytes: the parts to send in the order asked for, 'unsatisfiable' for 416, or
 * undefined to ignore the header and send everything. Ignored are other units and malformed headers (RFC 9110, 14.2),
 * every range of empty content (clients that always send `bytes=0-` must get their empty blob), more than 1024 ranges, and
 * ranges that overlap: they would make the answer larger than the content.
 */
export const parseRange = (
  header: string | undefined,
  size: number,
): ByteRange[] | 'unsatisfiable' | undefined => {
  if (header === undefined || size === 0 || !BYTES_UNIT.test(header)) return undefined;
  const specs = header
    .slice('bytes='.length)
    .split(',')
    .filter((spec) => spec.trim() !== '');
  if (specs.length === 0 || specs.length > RANGE_LIMIT) return undefined;
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const range = clip(spec, size);
    if (range === 'malformed') return undefined;
    if (range !== undefined) ranges.push(range);
  }
  if (ranges.length === 0) return 'unsatisfiable';
  return overlap(ranges) ? undefined : ranges;
};
