import { defineConnector } from '../kit/index.ts';
import { sendAction } from './send.ts';
import { smtpTest } from './test-connection.ts';

export { type Mailbox, type MailboxOptions, startMailbox } from './mailbox.ts';
export {
  findByMessageId,
  listMessages,
  type MailboxLimits,
  type OpenedMessage,
  openMessage,
  type StoredMessage,
} from './mailbox-store.ts';
export { type SmtpSettings, smtpSettings } from './settings.ts';

/** Mail to people, over any SMTP server or into the development mailbox. */
export const emailConnector = defineConnector({ name: 'email', actions: [sendAction], connectionTests: [smtpTest] });
