import { regionAt, regionNamed, regionsOf } from '../client/regions.ts';
import type { RegionList } from '../wire/regions.ts';
import { CliError } from './cli-error.ts';
import type { Context } from './command.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import { isClientError } from './failure.ts';
import { askChoice } from './prompt.ts';
import { clientAt } from './server.ts';
import type { Target } from './session.ts';
import { table } from './table.ts';
import { refuseOtherMachine, registryEndpointOf, targetFor } from './target.ts';

const namesIn = ({ regions }: RegionList): string =>
  regions.map(({ name, old_name: old }) => (old ? `${name} (${old})` : name)).join(', ');

/** The name of the region that answers at this address. It is asked without a token. */
const regionAnswering = async (endpoint: string): Promise<string | undefined> => {
  try {
    return regionAt(endpoint, await regionsOf(clientAt(endpoint)))?.name;
  } catch (error) {
    if (!isClientError(error)) throw error;
    throw new CliError(EXIT.UNREACHABLE, error.message, { cause: error });
  }
};

const refuseOtherRegion = async (endpoint: string, target: Target): Promise<void> => {
  await refuseOtherMachine(endpoint, target);
  const place = registryEndpointOf(endpoint, target);
  if ((await regionAnswering(place)) === target.region) return;
  throw new CliError(EXIT.UNREACHABLE, `${place} answers, but not for region '${target.region}'.`);
};

/** Targets the region that `word` names. It is remembered only if it answers. */
export const targetRegion = async (
  { file, connect }: Context,
  connection: Connection,
  list: RegionList,
  word: string,
): Promise<Connection> => {
  const named = regionNamed(word, list);
  if (!named) {
    throw new CliError(EXIT.NOT_FOUND, `There is no region '${word}'. There are: ${namesIn(list)}.`);
  }
  const target = targetFor(connection.endpoint, named, list);
  if (target) await refuseOtherRegion(connection.endpoint, target);
  file.aim(target);
  return connect();
};

/** The region that a person chooses from a list. */
export const askRegion = async (
  { io }: Context,
  connection: Connection,
  list: RegionList,
): Promise<string> => {
  if (!io.interactive) {
    throw new CliError(EXIT.USAGE, `Name a region, there is no terminal to choose on: ${namesIn(list)}.`);
  }
  const current = (await connection.regionIfAny())?.name;
  const lines = table(list.regions.map(({ name, old_name: old, registry }) => [name, old ?? '-', registry]));
  const choices = list.regions.map(({ name }, index) => ({ name: lines[index] ?? name, value: name }));
  return askChoice(io, 'Which region?', choices, current);
};
