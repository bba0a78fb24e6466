import type { VNode } from 'preact';
import { ImageClient } from '../../../client/images.ts';
import type { ImageInspection } from '../../../wire/image-inspection.ts';
import { CopyButton } from '../../kit/copy.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { Facts, Name, Section } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { Moment } from '../../kit/moment.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { account } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { count, shortDigest, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { goesWithImage } from '../repositories/goes-with-images.ts';
import { PullCommands } from '../repositories/pull-commands.ts';
import { registryHost, withoutHost } from '../repositories/reference.ts';
import { Attestations } from './attestations.ts';
import { Configuration } from './configuration.ts';
import { ImageActions } from './image-actions.ts';
import { Manifest } from './manifest.ts';
import { IndexSize, Size } from './size.ts';

const text = inBoth(
  {
    digest: 'Digest',
    tags: 'Tags',
    built: 'Built',
    pushed: 'Pushed',
    from: (where: string) => `from ${where}`,
    with: 'Credential',
    build: 'Build',
    pulled: 'Last pulled',
    recent: (number: string) => `${number} pulls in 30 days`,
    type: 'Media type',
    platform: 'Platform',
    platforms: 'Platforms',
  },
  {
    digest: '다이제스트',
    tags: '태그',
    built: '빌드',
    pushed: '푸시',
    from: (where: string) => `위치: ${where}`,
    with: '인증 정보',
    build: '빌드 출처',
    pulled: '마지막 가져오기',
    recent: (number: string) => `30일 동안 ${number}번 가져옴`,
    type: '미디어 유형',
    platform: '플랫폼',
    platforms: '플랫폼',
  },
);

export interface ImageProps {
  /** What follows the host: `birds/app:1`. */
  readonly name: string;
  readonly repository: string;
  readonly tag: string | undefined;
}

/** What an image says where it does not say when it was built. */
const UNTOLD = '0001-01-01T00:00:00Z';

/** One image: what it is, how it runs, what hangs on it. */
export const Image = ({ name, repository, tag }: ImageProps): VNode => {
  const client = new ImageClient(api, accountId());
  const inspect = () => client.inspect(`${registryHost()}/${name}`, { attestations: true });
  const { value, fault, again } = useLoad(`${account.value} ${name}`, inspect);
  if (fault) return use(Fault, { fault, again });
  if (!value) return html.p({ class: 'skeleton' }, common().loading);
  const digest = digestOf(value);
  const manifests = (value.manifests ?? []).filter(({ platform }) => platform !== 'unknown/unknown');
  return html.div(
    {},
    html.p({}, html.a({ href: address('repositories', repository) }, repository)),
    use(PullCommands, { image: name }),
    use(ImageActions, {
      client,
      repository,
      tag,
      digest,
      tags: tagsOf(value),
      along: goesWithImage(value),
      again,
    }),
    use(About, { value, digest, repository }),
    manifests.length > 0 &&
      use(
        Section,
        { title: text().platforms },
        html.ul(
          { class: 'plain' },
          manifests.map((manifest) =>
            html.li(
              { key: manifest.digest },
              html.a(
                { href: address('repositories', `${repository}@${manifest.digest}`) },
                visible(manifest.platform ?? manifest.mediaType),
              ),
              ' ',
              html.code({ title: manifest.digest }, shortDigest(manifest.digest)),
              use(CopyButton, { text: manifest.digest, what: manifest.digest }),
            ),
          ),
        ),
      ),
    use(Attestations, { repository, attestations: value.attestations ?? [] }),
    manifests.length === 0 && use(Configuration, { value }),
    use(Manifest, { client, name: `${repository}@${digest}` }),
  );
};

export const digestOf = ({ RepoDigests: [first = ''] }: ImageInspection): string =>
  first.slice(first.indexOf('@') + 1);

const tagsOf = ({ RepoTags }: ImageInspection): string[] =>
  RepoTags.map((each) => each.slice(each.lastIndexOf(':') + 1));

const About = ({
  value,
  digest,
  repository,
}: {
  value: ImageInspection;
  digest: string;
  repository: string;
}): VNode => {
  const { push, pulls } = value;
  const isIndex = (value.manifests ?? []).length > 0;
  const [tag] = tagsOf(value);
  const claims = Object.entries(push.claims ?? {});
  return use(Facts, {
    facts: [
      [
        text().digest,
        html.span({ class: 'pair' }, html.code({}, digest), use(CopyButton, { text: digest, what: digest })),
      ],
      [
        text().tags,
        html.span(
          { class: 'marks' },
          value.RepoTags.map((full) => {
            const reference = withoutHost(full);
            const shown = reference.slice(repository.length + 1);
            return html.a({ key: full, href: address('repositories', reference) }, shown);
          }),
        ),
      ],
      isIndex && tag !== undefined && [common().size, use(IndexSize, { repository, tag })],
      !isIndex && [common().size, use(Size, { size: value.Size })],
      value.Os !== '' && [text().platform, visible([value.Os, value.Architecture].filter(Boolean).join('/'))],
      [text().type, html.code({}, visible(value.ManifestType))],
      value.Created !== UNTOLD && [text().built, use(Moment, { at: value.Created })],
      [
        text().pushed,
        html.span(
          {},
          use(Moment, { at: push.at }),
          ' ',
          html.span({ title: push.by }, use(Name, {}, visible(push.name ?? push.by))),
          push.address !== undefined && ` ${text().from(visible(push.address))}`,
        ),
      ],
      push.credential !== undefined && [text().with, html.code({}, visible(push.credential))],
      claims.length > 0 && [
        text().build,
        html.ul(
          { class: 'plain' },
          claims.map(([claim, told]) =>
            html.li({ key: claim }, `${visible(claim)}: `, use(Name, {}, visible(told))),
          ),
        ),
      ],
      [
        text().pulled,
        html.span(
          {},
          use(Moment, { at: pulls.last }),
          ' ',
          html.span({ class: 'faint' }, text().recent(count(pulls.recent))),
        ),
      ],
    ],
  });
};
