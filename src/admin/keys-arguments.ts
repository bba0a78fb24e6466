import { PURPOSES } from '../identity/room.ts';
import { UsageError } from './usage-error.ts';

const USAGE = `usage: tidegate keys list | rotate (${PURPOSES.join(' | ')}) | retire KEY [-f] [-o json]`;

/** What `tidegate keys` is asked for, where no server is. */
export type KeysRequest =
  | { readonly verb: 'list' }
  | { readonly verb: 'rotate'; readonly purpose: (typeof PURPOSES)[number] }
  | { readonly verb: 'retire'; readonly id: string };

/** Takes out what the command understands at a running server, too; the rest are words and settings. */
export const keysArguments = (args: readonly string[]): { json: boolean; settings: readonly string[] } => {
  const settings: string[] = [];
  let json = false;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    const [flag, given] = arg.startsWith('--') ? arg.split(/=(.*)/s, 2) : [arg];
    if (flag === '-o' || flag === '--output') json = isJson(given ?? args[++at]);
    // nothing is asked here, so -f has nothing to answer
    else if (flag !== '--offline' && flag !== '-f' && flag !== '--force') settings.push(arg);
  }
  return { json, settings };
};

const isJson = (format: string | undefined): true => {
  if (format?.toLowerCase() === 'json') return true;
  throw new UsageError('the only other output is json');
};

export const keysRequest = ([verb, name, ...rest]: readonly string[]): KeysRequest => {
  const purpose = PURPOSES.find((each) => each === name);
  if (rest.length === 0) {
    if (verb === 'list' && name === undefined) return { verb };
    if (verb === 'rotate' && purpose !== undefined) return { verb, purpose };
    if (verb === 'retire' && name !== undefined) return { verb, id: name };
  }
  throw new UsageError(USAGE);
};
