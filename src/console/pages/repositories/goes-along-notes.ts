import type { VNode } from 'preact';
import { html } from '../../kit/html.ts';
import { inBoth } from '../../text/language.ts';
import { count } from '../../text/values.ts';
import type { GoesAlong } from './goes-with-images.ts';

const text = inBoth(
  {
    trash: 'What goes is in the trash then, and can be restored. All tags of an image go with it.',
    attached: (number: string) => `What is attached goes too, as signatures and SBOMs: ${number}.`,
    listed: (number: string) => `Images that an index lists stay: ${number}.`,
    atLeast: 'The repository has more tags than were looked at: others of these images may go too.',
  },
  {
    trash: '삭제한 항목은 휴지통으로 이동하며 복원할 수 있습니다. 이미지의 모든 태그가 함께 삭제됩니다.',
    attached: (number: string) => `서명, SBOM 등 첨부된 항목 ${number}개도 함께 이동합니다.`,
    listed: (number: string) => `인덱스에 포함된 이미지 ${number}개는 남습니다.`,
    atLeast: '저장소의 태그가 많아 일부만 확인했습니다. 이 이미지의 다른 태그도 함께 삭제될 수 있습니다.',
  },
);

export interface GoesAlongNotesProps {
  readonly along: Omit<GoesAlong, 'tags'>;
}

/** Where images are deleted: what else goes, what stays, and how it comes back. */
export const GoesAlongNotes = ({ along: { attached, listed, isAtLeast } }: GoesAlongNotesProps): VNode =>
  html.span(
    { class: 'lines' },
    attached > 0 && html.span({}, text().attached(count(attached))),
    listed > 0 && html.span({}, text().listed(count(listed))),
    isAtLeast && html.span({ class: 'tone-warn' }, text().atLeast),
    html.span({}, text().trash),
  );
