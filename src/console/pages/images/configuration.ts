import type { VNode } from 'preact';
import type { ImageInspection } from '../../../wire/image-inspection.ts';
import { type Child, html, use } from '../../kit/html.ts';
import { Facts, Name, Section } from '../../kit/layout.ts';
import { inBoth } from '../../text/language.ts';
import { shortDigest, visible } from '../../text/values.ts';

const text = inBoth(
  {
    configuration: 'How it runs',
    entrypoint: 'Entrypoint',
    command: 'Command',
    folder: 'Working folder',
    user: 'User',
    ports: 'Ports',
    volumes: 'Volumes',
    environment: 'Environment',
    labels: 'Labels',
    layers: 'Layers',
  },
  {
    configuration: '실행 방법',
    entrypoint: '진입점',
    command: '명령',
    folder: '작업 폴더',
    user: '사용자',
    ports: '포트',
    volumes: '볼륨',
    environment: '환경 변수',
    labels: '레이블',
    layers: '레이어',
  },
);

const line = (words: readonly string[] | undefined): Child =>
  words &&
  words.length > 0 &&
  html.code({}, visible(words.map((word) => (/\s/.test(word) ? JSON.stringify(word) : word)).join(' ')));

const lines = (words: readonly string[] | undefined): Child =>
  words &&
  words.length > 0 &&
  html.ul(
    { class: 'plain' },
    words.map((word) => html.li({ key: word }, html.code({}, visible(word)))),
  );

/** The address in a label, where it is one of the web: nothing else becomes a link. */
const webAddress = (value: string): string | undefined => {
  const address = URL.parse(value);
  return address?.protocol === 'https:' || address?.protocol === 'http:' ? address.href : undefined;
};

/** A value that another person chose. */
const Told = ({ value }: { value: string }): VNode => {
  const href = webAddress(value);
  const shown = use(Name, {}, visible(value));
  return href === undefined ? shown : html.a({ href, rel: 'noopener noreferrer', target: '_blank' }, shown);
};

/** Entrypoint, command, ports and the rest of the configuration; then its labels and layers. */
export const Configuration = ({ value }: { value: ImageInspection }): VNode | null => {
  const { Config, RootFS } = value;
  const labels = Object.entries(Config.Labels ?? {});
  const facts = [
    [text().entrypoint, line(Config.Entrypoint)],
    [text().command, line(Config.Cmd)],
    [text().folder, Config.WorkingDir && html.code({}, visible(Config.WorkingDir))],
    [text().user, Config.User && html.code({}, visible(Config.User))],
    [text().ports, lines(Object.keys(Config.ExposedPorts ?? {}))],
    [text().volumes, lines(Object.keys(Config.Volumes ?? {}))],
    [text().environment, lines(Config.Env)],
  ] as const;
  const told = facts.filter(([, shown]) => shown);
  if (told.length + labels.length + RootFS.Layers.length === 0) return null;
  return html.div(
    {},
    told.length > 0 && use(Section, { title: text().configuration }, use(Facts, { facts: told })),
    labels.length > 0 &&
      use(
        Section,
        { title: text().labels },
        use(Facts, {
          facts: labels.map(([name, label]) => [visible(name), use(Told, { value: label })] as const),
        }),
      ),
    RootFS.Layers.length > 0 &&
      use(
        Section,
        { title: text().layers },
        html.ol(
          {},
          RootFS.Layers.map((layer, index) =>
            html.li({ key: index }, html.code({ title: layer }, shortDigest(layer))),
          ),
        ),
      ),
  );
};
