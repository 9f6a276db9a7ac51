import type { CommentView } from '@tenantry/contract';
import { plainLine, plainText } from '../terminal/plain-text.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { indentLines, wrapText } from '../terminal/text-width.ts';
import { timeText } from '../terminal/time-text.ts';

/** What people said, oldest first. */
export const commentLines = (
  comments: readonly CommentView[],
  { columns }: Pick<Terminal, 'columns'>,
  indent: string,
): readonly string[] =>
  comments.flatMap(({ name, role, at, text }) =>
    indentLines(
      wrapText(`${plainLine(name)} (${plainLine(role)}), ${timeText(at)}: ${plainText(text)}`, columns - indent.length),
      indent,
    ),
  );
