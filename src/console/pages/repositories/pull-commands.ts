import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { CommandLine } from '../../kit/copy.ts';
import { html, use } from '../../kit/html.ts';
import { inBoth } from '../../text/language.ts';
import { shellWord } from '../../text/values.ts';
import { registryHost } from './reference.ts';

const text = inBoth(
  { client: 'Client', reference: 'Name alone', pull: 'Pull' },
  { client: '클라이언트', reference: '이름만', pull: '가져오기' },
);

const CLIENTS = {
  docker: (image: string) => `docker pull ${image}`,
  podman: (image: string) => `podman pull ${image}`,
  crane: (image: string) => `crane pull ${image} image.tar`,
  skopeo: (image: string) => `skopeo copy docker://${image} oci:image`,
  kubernetes: (image: string) => `image: ${image}`,
  reference: (image: string) => image,
} as const;
type Client = keyof typeof CLIENTS;

/** How an image is pulled, by the client the reader uses. `image` is what follows the host. */
export const PullCommands = ({ image }: { image: string }): VNode => {
  const client = useSignal<Client>('docker');
  return html.div(
    { class: 'pull' },
    html.select(
      {
        'aria-label': text().client,
        value: client.value,
        onChange: (event) => {
          client.value = event.currentTarget.value as Client;
        },
      },
      (Object.keys(CLIENTS) as Client[]).map((name) =>
        html.option(
          { key: name, value: name, selected: name === client.value },
          name === 'reference' ? text().reference : name,
        ),
      ),
    ),
    use(CommandLine, {
      line: CLIENTS[client.value](shellWord(`${registryHost()}/${image}`)),
      what: text().pull,
    }),
  );
};
