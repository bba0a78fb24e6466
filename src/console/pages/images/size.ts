import type { VNode } from 'preact';
import { ListingClient } from '../../../client/listings.ts';
import { html } from '../../kit/html.ts';
import { useLoad } from '../../kit/load.ts';
import { accountId, api } from '../../session/client.ts';
import { byteRange, bytes, count } from '../../text/values.ts';

/** Names that contain the tag are few: the tag itself is among the first, or its size is not told. */
const MOST = 100;

const sizesOf = async (repository: string, tag: string): Promise<string> => {
  const { tags } = await new ListingClient(api, accountId()).tags({ repository, filter: tag, limit: MOST });
  const listed = tags.find((each) => each.tag === tag);
  return listed ? byteRange(listed.size_min, listed.size_max) : '';
};

/** Bytes of an image. */
export const Size = ({ size }: { size: number }): VNode =>
  html.span({ title: `${count(size)} B` }, bytes(size));

/** Bytes of the images that an index lists, from the smallest to the largest: its own few bytes say nothing. */
export const IndexSize = ({ repository, tag }: { repository: string; tag: string }): VNode => {
  const { value = '' } = useLoad(`${repository}:${tag}`, () => sizesOf(repository, tag));
  return html.span({}, value);
};
