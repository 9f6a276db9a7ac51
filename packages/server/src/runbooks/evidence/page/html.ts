import { escapeHtml, htmlTag } from '../../../connectors/kit/index.ts';

export { Html } from '../../../connectors/kit/index.ts';

/** Marks that turn the direction of the text around them, and could make one name look like another. */
const DIRECTION = /[\u202A-\u202E\u2066-\u2069]/g;

/** Markup of the evidence page: its texts come from anywhere and are kept for years, so none may mislead the eye. */
export const html = htmlTag((text) =>
  escapeHtml(text.replaceAll(DIRECTION, '\uFFFD').replaceAll(/(?![\t\n\r])\p{Cc}/gu, '\uFFFD')),
);
