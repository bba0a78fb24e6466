import { CliError } from '../cli-error.ts';
import type { Command } from '../command.ts';
import { endpointOf, isExposed, isHostOf } from '../endpoint.ts';
import { EXIT } from '../exit-codes.ts';
import { isClientError } from '../failure.ts';
import type { Input } from '../input.ts';
import { kubeletResponse, PROFILE_ANNOTATION, parseKubeletRequest, profileIdOf } from '../kubelet-request.ts';

/** The kubelet waits for a minute; a pod must not wait as long for a registry that does not answer. */
const TIMEOUT = 8000;
/** The kubelet forgets an access token this long before it ends, in seconds. */
const MARGIN = 60;

/** The addresses of the registries that a token may be sent to. */
const registriesOf = (input: Input): readonly string[] => {
  const endpoints = input.texts('registry').map(endpointOf);
  if (endpoints.length === 0)
    throw new CliError(EXIT.USAGE, 'Name the registry that tokens may be sent to: --registry HOST.');
  const exposed = endpoints.find(isExposed);
  if (exposed !== undefined)
    throw new CliError(EXIT.USAGE, `${exposed} is not encrypted: no token is sent there.`);
  return endpoints;
};

const credentialProvider: Command = {
  name: 'credential-provider',
  summary: 'Answer a kubelet that pulls an image; the kubelet starts it',
  flags: [
    {
      flags: '--registry <host>',
      summary: 'Host and port of the registry, as image names have them; several may be given',
      many: true,
    },
    {
      flags: '--profile <id>',
      summary: `The trusted profile of service accounts without the annotation ${PROFILE_ANNOTATION}`,
    },
  ],
  async run({ io }, input) {
    const registries = registriesOf(input);
    const fallback = input.text('profile');
    const request = parseKubeletRequest(await io.read());
    const profile =
      request.profileId ?? (fallback === undefined ? undefined : profileIdOf(fallback, '--profile'));
    const { host, token } = request;
    const endpoint = registries.find((each) => isHostOf(host, each));
    // the token of a service account goes to the named registries alone; a pod without one may have other credentials
    const found =
      endpoint === undefined || token === undefined || profile === undefined
        ? undefined
        : { host, username: 'iambearer', ...(await accessTokenFor(endpoint, token, profile)) };
    io.streams.stdout.write(kubeletResponse(found));
  },
};

const accessTokenFor = async (endpoint: string, token: string, profile: string) => {
  // loaded here: most images of a node come from elsewhere
  const [{ tokensByWorkloadToken }, { clientAt }] = await Promise.all([
    import('../../client/identity-tokens.ts'),
    import('../server.ts'),
  ]);
  try {
    const issued = await tokensByWorkloadToken(clientAt(endpoint, undefined, TIMEOUT), token, profile);
    return { password: issued.access_token, seconds: Math.max(issued.expires_in - MARGIN, 0) };
  } catch (error) {
    if (!isClientError(error) || ![400, 401, 403].includes(error.status ?? 0)) throw error;
    const why = `${endpoint} refused the token of the service account for ${profile}: ${error.message}`;
    const advice = `'tidegate trust explain --token @FILE --profile ${profile}' shows why.`;
    throw new CliError(EXIT.REFUSED, `${why}\n${advice}`, { cause: error });
  }
};

export const credentialProviderCommands: readonly Command[] = [credentialProvider];
