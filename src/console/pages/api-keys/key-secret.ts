import type { VNode } from 'preact';
import type { ApiKey } from '../../../wire/api-keys.ts';
import { use } from '../../kit/html.ts';
import { OneTimeSecret } from '../../kit/secret.ts';
import { visible } from '../../text/values.ts';
import { keyWords } from './words.ts';

/** The file that IBM's client writes, and that `tidegate login --apikey @FILE` reads. */
const fileOf = ({ name, description = '', created_at: createdAt = '', apikey }: ApiKey): string =>
  `${JSON.stringify({ name, description, createdAt, apikey }, null, 2)}\n`;

/** Each asks for the key, so that it stays out of the shell's history. */
const linesOf = (host: string, origin: string): string[] => [
  `docker login -u iamapikey ${host}`,
  `podman login -u iamapikey ${host}`,
  `tidegate login -a ${origin} --apikey @apikey.json`,
];

/** The secret of a key that was just made or rotated. */
export const KeySecret = ({ made, onClose }: { made: ApiKey; onClose: () => void }): VNode =>
  use(OneTimeSecret, {
    title: keyWords().secretOf(visible(made.name)),
    label: keyWords().key,
    value: made.apikey ?? '',
    file: { name: 'apikey.json', content: fileOf(made) },
    lines: linesOf(location.host, location.origin),
    onClose,
  });
