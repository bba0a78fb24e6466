import { RegistryError } from '../../errors.ts';
import { nextLink } from '../../oci/link.ts';
import { parsePageSize } from '../../oci/page-size.ts';
import { apart, namesIn } from '../name-parts.ts';
import type { OpenPart } from './authorize.ts';
import { type Exchange, sendJson } from './exchange.ts';
import { afterOf } from './lists.ts';

const PAGE = { default: 1000, maximum: 1000 };
/** Names that are read at once to be decided on. */
const READ = 200;
/** What reading them costs, in steps of decisions. */
const STEPS_PER_READ = 1000;

/** The repositories the caller may read. Not in the OCI specification, but crane, oras and podman ask for it. */
export const catalog = async (exchange: Exchange): Promise<void> => {
  const { query, caller } = exchange;
  if (caller.bearer && !caller.bearer.catalog)
    throw new RegistryError('INSUFFICIENT_SCOPE', { reason: 'the token was not asked for the catalog' });
  const limit = parsePageSize(query.get('n'), PAGE);
  const { names, more } = await readableNames(exchange, afterOf(query), limit);
  const link = { n: String(limit), last: names.at(-1) ?? '' };
  sendJson(
    exchange,
    200,
    JSON.stringify({ repositories: names }),
    more && limit > 0 ? { Link: nextLink('/v2/_catalog', link) } : {},
  );
};

/** A page of the namespaces the caller may read as a whole, and of the single repositories it may read elsewhere. */
const readableNames = async (
  exchange: Exchange,
  after: string,
  limit: number,
): Promise<{ names: string[]; more: boolean }> => {
  const { rooms, caller, region } = exchange;
  const { whole, parts } = await rooms.authorizer.readable(caller, region);
  const ids = whole.map(({ id }) => id);
  const all = await rooms.repositories.names(ids, after, limit + 1);
  const { names: single, cut } = await singleNames(exchange, parts, after, limit + 1);
  const names = [...all, ...single].sort();
  if (cut === undefined) return { names: names.slice(0, limit), more: names.length > limit };
  // behind the cut there may be single repositories that were not looked at
  return { names: names.filter((name) => name <= cut).slice(0, limit), more: true };
};

/** The single repositories the caller may read. `cut`: the last of them, where there was no time to look for more. */
const singleNames = async (
  exchange: Exchange,
  parts: readonly OpenPart[],
  after: string,
  limit: number,
): Promise<{ names: string[]; cut: string | undefined }> => {
  const { authorizer } = exchange.rooms;
  const steps = authorizer.listSteps();
  const names: string[] = [];
  for (const part of apart(parts)) {
    const namesBehind = (from: string, most: number) =>
      exchange.rooms.repositories.names([part.namespace.id], from, most);
    for await (const read of namesIn(part, after, READ, namesBehind)) {
      const bounds = { most: limit - names.length, steps };
      const { caller, region } = exchange;
      names.push(...(await authorizer.pullable(caller, region, part.namespace, read, bounds)));
      if (names.length >= limit) return { names, cut: undefined };
      if (!steps.take(STEPS_PER_READ)) return { names, cut: names.at(-1) ?? refusePatterns() };
    }
  }
  return { names, cut: undefined };
};

const refusePatterns = (): never => {
  throw new RegistryError('TOOMANYREQUESTS', {
    message:
      'Your policies have too many patterns for a list of repositories; name namespaces or repositories exactly in them.',
  });
};
