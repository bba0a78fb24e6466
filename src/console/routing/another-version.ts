import { ClientError } from '../../client/client-error.ts';
import { BASE } from './place.ts';

/** The hash of the files that this page was made of, from the address of this one. */
const OWN = /\/files\/([^/]+)\//.exec(import.meta.url)?.[1];

/**
 * Where a module could not be loaded because the registry is of another version by now, the page is loaded anew. Anything else
 * is thrown again.
 */
export const orReload = async <Module>(loading: Promise<Module>): Promise<Module> => {
  try {
    return await loading;
  } catch (error) {
    const response = await fetch(`${BASE}/`, { cache: 'no-store' }).catch((cause) => {
      throw new ClientError('UNREACHABLE', 'The registry does not answer.', { cause });
    });
    if (OWN !== undefined && response.ok && !(await response.text()).includes(`/files/${OWN}/`))
      location.reload();
    throw error;
  }
};
